"""The first golden cases, a module a chapter: small programs over all that the library is made of.

Cases are of some thousands of elements, so that a simulator runs them in seconds; ``slow`` ones are
larger. Sizes lie around LANES, BLOCK and KC, the constants of the canonical orders, and are no
multiples of a vector. The imports below stand in the order of the file of digests.
"""

# isort: off
import clnd.golden.core.elementwise
import clnd.golden.core.reductions
import clnd.golden.core.views
import clnd.golden.core.streams
import clnd.golden.core.programs
import clnd.golden.core.products
import clnd.golden.core.scans
import clnd.golden.core.indexing
import clnd.golden.core.numerical
import clnd.golden.core.searching
import clnd.golden.core.sorting  # noqa: F401
