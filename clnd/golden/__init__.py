"""Golden digests: results that have the same bits on every device, for good.

`case` knows what a case and its digest are, `cases` has the programs, ``digests.json`` their
digests, and ``python -m clnd.golden`` compares and adds. ``python -m clnd selftest`` runs them for
users, and the tests run them on every driver.
"""

import clnd.golden.cases  # noqa: F401  (enters the cases)
from clnd.golden.case import CASES, DIGESTS, Case, digest, met, read, row_of

__all__ = ["CASES", "DIGESTS", "Case", "digest", "met", "read", "row_of"]
