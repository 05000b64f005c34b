"""What goes wrong around programs: memory limits, signals, forks, broken and hostile files, a kill while a kernel compiles.

Each round runs a program in child processes, once undisturbed and once disturbed. The digests must be equal, and no child may hang or end by itself.
"""

from __future__ import annotations

import json
import os
import random
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import clnd
from clnd.kernels import tuning
from tests.fuzz import programs
from tests.made_up import MadeUpDevice, info, played

__all__ = ["fuzz"]

PATIENCE = 120.0

_PLAIN = "import sys, json\nfrom tests.fuzz.programs import run_lines\nlines = json.loads(sys.argv[1])\nprint(json.dumps(run_lines(lines)))\n"

# Arrays are made until there is no memory; afterwards what is left is right, and there is memory again.
_MEMORY = """
import sys, json, random
import numpy as np
import clnd
from tests.fuzz.programs import run_lines
lines, seed = json.loads(sys.argv[1]), int(sys.argv[2])
rng, kept, failed = random.Random(seed), [], 0
for k in range(3000):
    n = rng.choice((1, 1000, 50_000, 400_000))
    try:
        x = clnd.full((n,), k, dtype="float32")
        y = kept[-1][0][-1:] + x if kept and rng.random() < 0.5 else x
        value = kept[-1][1] + k if y is not x else k
        if rng.random() < 0.5:
            y[n // 2 :] = -1.0
            value = -1.0
        if rng.random() < 0.5:
            y.wait_to_read()
        kept.append((y, value))
    except clnd.DeviceMemoryError:
        failed += 1
        if failed > 5:
            break
        del kept[:: rng.choice((1, 2))]
for y, value in kept:
    try:
        assert float(y[-1]) == value, (float(y[-1]), value)
    except clnd.DeviceMemoryError:
        pass
x = y = None
kept.clear()
print(json.dumps(run_lines(lines)))
"""

# A handler that raises stops the program anywhere: it begins again, and ends with the same bits.
_SIGNALS = """
import sys, json, random, signal
import clnd
from tests.fuzz.programs import run_lines
lines, seed = json.loads(sys.argv[1]), int(sys.argv[2])
rng = random.Random(seed)
class Stopped(Exception):
    pass
def handler(number, frame):
    if armed:
        raise Stopped
signal.signal(signal.SIGALRM, handler)
armed = False
expected = run_lines(lines)
for _ in range(40):
    try:
        try:
            armed = True
            signal.setitimer(signal.ITIMER_REAL, rng.uniform(1e-5, 3e-2))
            got = run_lines(lines)
        finally:
            armed = False
            signal.setitimer(signal.ITIMER_REAL, 0)
    except Stopped:
        continue
    assert got == expected
print(json.dumps(run_lines(lines)))
"""

# A handler that computes, wherever the program is: while it compiles, between a kernel's arguments and its launch, in a read.
_HANDLERS = """
import sys, json, random, signal
import numpy as np
import clnd
from tests.fuzz.programs import run_lines
from tests.fuzz.values import digest
lines, seed = json.loads(sys.argv[1]), int(sys.argv[2])
rng, shared, calls = random.Random(seed), clnd.arange(5, dtype="float32"), [0]
wanted = [digest((shared * 2).asnumpy()), 10.0]
def handler(number, frame):
    calls[0] += 1
    assert digest((shared * 2).asnumpy()) == wanted[0]
    if calls[0] % 3 == 0:
        assert float(shared.sum()) == wanted[1]
    if not done:
        signal.setitimer(signal.ITIMER_REAL, rng.uniform(1e-4, most))  # none comes while this one computes
signal.signal(signal.SIGALRM, handler)
done, most = False, rng.choice((1e-3, 5e-3, 3e-2))
signal.setitimer(signal.ITIMER_REAL, 1e-3)
first = run_lines(lines)
for _ in range(20):
    assert run_lines(lines) == first
    assert ((shared + 1).asnumpy() == np.arange(1, 6)).all()
done = True
signal.setitimer(signal.ITIMER_REAL, 0)
assert calls[0]
print(json.dumps(first))
"""

_FORKS = """
import sys, json, os
import clnd
from tests.fuzz.programs import run_lines
lines = json.loads(sys.argv[1])
before = run_lines(lines)
pending = clnd.arange(100) + 1
child = os.fork()
if not child:
    try:
        pending.asnumpy()
    except clnd.ForkError:
        os._exit(7)
    os._exit(1)
assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 7
assert int(pending.sum()) == 5050
print(json.dumps(run_lines(lines)))
"""


class _Wrong(Exception):  # noqa: N818
    pass


def _child(code: str, lines: list[str], *more: str, **environment: str) -> dict[str, str]:
    try:
        done = subprocess.run(
            [sys.executable, "-X", "faulthandler", "-W", "ignore", "-c", code, json.dumps(lines), *more],
            env={**os.environ, **environment}, capture_output=True, text=True, timeout=PATIENCE, check=False,
        )  # fmt: skip
    except subprocess.TimeoutExpired:
        raise _Wrong(f"a child hangs; {environment} {' '.join(more)}\n{code}") from None
    if done.returncode:
        raise _Wrong(f"a child ended with status {done.returncode}; {environment} {' '.join(more)}\n{code}\n{done.stderr[-2000:]}")
    return dict(json.loads(done.stdout.splitlines()[-1]))


def memory(rng: random.Random, lines: list[str]) -> dict[str, str]:
    return _child(_MEMORY, lines, str(rng.randrange(10**6)), CLND_MEMORY_LIMIT=f"{rng.choice((3, 8, 20, 60))}M")


def signals(rng: random.Random, lines: list[str]) -> dict[str, str]:
    return _child(_SIGNALS, lines, str(rng.randrange(10**6)))


def handlers(rng: random.Random, lines: list[str]) -> dict[str, str]:
    with tempfile.TemporaryDirectory() as folder:  # so that kernels are compiled
        return _child(_HANDLERS, lines, str(rng.randrange(10**6)), CLND_CACHE_DIR=folder)


def forks(rng: random.Random, lines: list[str]) -> dict[str, str]:
    return _child(_FORKS, lines)


def _broken(rng: random.Random, file: Path, others: list[Path]) -> None:
    """Make of a file what a crash, a full disk or somebody else may leave."""
    content = file.read_bytes()
    way = rng.choice(("cut", "flip", "empty", "noise", "longer", "other", "folder", "unreadable", "link to nothing", "link to itself", "fifo"))
    if way == "cut":
        file.write_bytes(content[: rng.randrange(len(content) + 1)])
    elif way == "flip":
        k = rng.randrange(max(1, len(content)))
        file.write_bytes(content[:k] + bytes([content[k] ^ (1 << rng.randrange(8))]) + content[k + 1 :] if content else b"x")
    elif way == "noise":
        file.write_bytes(rng.randbytes(rng.randrange(5000)))
    elif way == "longer":
        file.write_bytes(content + rng.randbytes(10))
    elif way == "other":
        file.write_bytes(rng.choice(others).read_bytes() if others else b"")
    elif way == "unreadable":
        file.chmod(0)
    else:
        file.unlink()
        if way == "folder":
            file.mkdir()
        elif way == "link to nothing":
            file.symlink_to("/nonexistent/x")
        elif way == "link to itself":
            file.symlink_to(file)
        elif way == "fifo":
            os.mkfifo(file)
        else:
            file.touch()


def cache(rng: random.Random, lines: list[str]) -> dict[str, str]:
    """Files of the cache are broken between two processes."""
    with tempfile.TemporaryDirectory() as folder:
        _child(_PLAIN, lines, CLND_CACHE_DIR=folder)
        files = sorted(f for f in Path(folder).iterdir() if f.is_file())
        for file in rng.sample(files, rng.randrange(1, len(files) + 1)):
            if file.is_file():
                _broken(rng, file, [f for f in files if f != file and f.is_file() and not f.is_symlink() and f.stat().st_mode & 0o400])
        return _child(_PLAIN, lines, CLND_CACHE_DIR=folder)


def tuned(rng: random.Random, lines: list[str]) -> dict[str, str]:
    """The user's tuning data is nonsense, or has values that nobody measured."""
    with tempfile.TemporaryDirectory() as folder:
        target = Path(folder) / "tuned"
        target.mkdir()
        driver = clnd.current_context().info.driver
        for source in sorted(tuning.SHIPPED.glob("*.json")):
            entries = json.loads(source.read_text())
            for entry in entries["entries"]:
                entry["driver"] = driver
                for name in list(entry["parameters"]):
                    roll = rng.random()
                    if roll < 0.3:
                        entry["parameters"][name] = rng.choice((0, -1, 1, 2, 3, 7, 64, 10**9, 1 << 70))
                    elif roll < 0.33:
                        entry["parameters"][name] = rng.choice(("8", None, 1.5, [], {}))
                    elif roll < 0.36:
                        entry["parameters"]["NO_SUCH"] = 1
            file = target / source.name
            file.write_text(json.dumps(entries))
            if rng.random() < 0.4:
                _broken(rng, file, [source])
        found = _child(_PLAIN, lines, CLND_CACHE_DIR=folder)
        for file in target.iterdir():
            if file.is_file() and not file.is_symlink():
                file.chmod(0o600)
        return found


def killed(rng: random.Random, lines: list[str]) -> dict[str, str]:
    """A process is killed somewhere while it compiles; the next one uses the same cache."""
    folder = tempfile.mkdtemp()
    try:
        for _ in range(3):
            child = subprocess.Popen([sys.executable, "-c", _PLAIN, json.dumps(lines)], env={**os.environ, "CLND_CACHE_DIR": folder}, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True)
            time.sleep(rng.uniform(0.2, 3.0))
            os.killpg(child.pid, signal.SIGKILL)  # its compilers as well
            child.wait()
        return _child(_PLAIN, lines, CLND_CACHE_DIR=folder)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


KINDS: tuple[Callable[[random.Random, list[str]], dict[str, str]], ...] = (memory, signals, handlers, forks, cache, tuned, killed)


def fuzz(seconds: float, seed: int) -> list[str]:
    """Rounds for so long; the failures. Round number n of a seed has the seed ``seed + n``."""
    end = time.monotonic() + seconds
    faults: list[str] = []
    number = 0
    while (time.monotonic() < end or number == 0) and len(faults) < 5:
        rng = random.Random(seed + number)
        with played(MadeUpDevice(info())):
            lines = [s.code for s in programs.written(rng, rng.choice((3, 6, 10)), False, judged=False)]
        kind = KINDS[(seed + number) % len(KINDS)]
        wrong = ""
        try:
            want, got = _child(_PLAIN, lines), kind(rng, lines)
            if got != want:
                wrong = f"other bits: {got}, not {want}"
        except _Wrong as error:
            wrong = str(error)
        if wrong:
            faults.append(f"FAULT seed {seed + number} ({kind.__name__}): {wrong}\n{programs.HEAD}" + "\n".join(lines) + "\n")
            print(faults[-1], flush=True)
        number += 1
    print(f"faults: {number} rounds from seed {seed}, {len(faults)} faults")
    return faults
