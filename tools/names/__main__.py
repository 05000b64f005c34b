"""``python -m tools.names [--write]``: docs/names.md by what the library has."""

from __future__ import annotations

import sys

from tools.names import PAGE, page


def main(arguments: list[str]) -> int:
    """Write the page, or say whether it is current."""
    text = page()
    if arguments == ["--write"]:
        PAGE.write_text(text)
        return 0
    if arguments:
        print("usage: python -m tools.names [--write]", file=sys.stderr)
        return 2
    if PAGE.exists() and PAGE.read_text() == text:
        return 0
    print("docs/names.md is not current; run: python -m tools.names --write")
    return 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
