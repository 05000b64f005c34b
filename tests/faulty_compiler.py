"""In place of `clnd.runtime.compiler`: a process that compiles nothing, and does with each program what the "device" says it should.

``good`` puts an entry into the cache, ``failing`` says that it could not, ``dying`` ends at the first program, ``hanging`` does not answer,
``absent`` does not find the device, ``babbling`` answers with no JSON.
"""

from __future__ import annotations

import json
import os
import sys
import time
from pathlib import Path


def main(how: str) -> None:
    """Answer until standard input ends."""
    say({"device": how != "absent"})
    for line in sys.stdin:
        key = json.loads(line)["key"]
        if how == "dying":
            os._exit(3)
        if how == "hanging":
            time.sleep(60)
        if how == "babbling":
            print("never mind", flush=True)
            continue
        if how == "good":
            Path(os.environ["CLND_CACHE_DIR"], key).write_text("other")
        say({"key": key, "done": how == "good"})


def say(answer: object) -> None:
    """One line."""
    print(json.dumps(answer), flush=True)


if __name__ == "__main__":
    main(sys.argv[1])
