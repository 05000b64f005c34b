"""Golden digests: results that have the same bits on every device, for good.

`case` knows what a case and its digest are, `core` and the chapters beside it have the
programs, ``digests.json`` their digests, and ``python -m clnd.golden`` compares and adds. ``python -m clnd selftest`` runs them for
users, and the tests run them on every driver.
"""

# Importing a chapter enters its cases; the file of digests has their order.
import clnd.golden.core
import clnd.golden.elementwise
import clnd.golden.moves
import clnd.golden.products
import clnd.golden.reductions  # noqa: F401
from clnd.golden.case import CASES, DIGESTS, Case, digest, met, programs, read, row_of, run_program, version

__all__ = ["CASES", "DIGESTS", "Case", "digest", "met", "programs", "read", "row_of", "run_program", "version"]
