"""What a node can be: the operations, as rows of tables and functions of nodes. No arrays here, and no words for users."""

from clnd.ops import checks as checks
