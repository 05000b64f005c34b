"""Memory goes back to the pool whatever interrupts: no kernel writes to memory that is gone, and nothing is lost for good."""

from __future__ import annotations

import gc
from typing import Any

import numpy as np
import pytest

import clnd
from clnd.context import Context
from tests.child import succeeds

# What the host does; Oclgrind computes too slowly for kernels that still run.
pytestmark = pytest.mark.slow

IN_USE = """
import gc, signal
n = 1 << 16
x = clnd.arange(n, dtype="float32") + 0
x.wait_to_read()
pool = x.ctx.device.pool

def settled():
    gc.collect()
    with x.ctx.device.lock:
        pool.release_cached()
    return pool.in_use

before = settled()

def check():
    assert float((x * 2).sum(dtype="float64")) == n * (n - 1.0)
    assert settled() == before, (before, pool.in_use, pool.reserved)
"""


def test_at_the_deepest_frame() -> None:
    """A block that ends where no further call is possible."""
    succeeds(IN_USE + """
def deep(left):
    # Nothing is called when ``y`` goes: the frame is the last one that there may be.
    y = x + 1
    y.wait_to_read()
    return deep(left - 1) if left else None

def at_the_limit():
    y = x * 3
    try:
        return at_the_limit()
    finally:
        del y

sys.setrecursionlimit(400)
for _ in range(20):
    for function in (lambda: deep(10**6), at_the_limit):
        try:
            function()
        except RecursionError:
            pass
sys.setrecursionlimit(1000)
check()
""", quiet=False)


def test_ctrl_c_at_any_moment() -> None:
    """Interrupts while blocks are taken, launched on and freed: the process lives, values are right, all memory comes back."""
    succeeds(IN_USE + """
interrupts = 0
armed = False

def interrupt(*_):
    global armed
    if armed:  # one at a time: another one must not meet the lines that count it
        armed = False
        raise KeyboardInterrupt

signal.signal(signal.SIGALRM, interrupt)
end = time.monotonic() + 3
while time.monotonic() < end:
    try:
        armed = True
        signal.setitimer(signal.ITIMER_REAL, 0.0005 + (interrupts % 37) * 1e-5)
        while True:
            y = x + 1
            z = (y * 2).sum()
            y.wait_to_read()
            float(z)
    except KeyboardInterrupt:
        interrupts += 1
y = z = None
assert interrupts > 20, interrupts
check()
""", quiet=False)


def test_an_interrupt_at_every_line_of_the_pool() -> None:
    """A KeyboardInterrupt before each line of the pool's methods in turn."""
    succeeds(IN_USE + """
import linecache
from clnd.runtime import memory

def interrupted(at):
    count = 0

    def trace(frame, event, arg):
        nonlocal count
        if frame.f_code.co_filename != memory.__file__ or frame.f_code.co_name not in dir(memory.Pool):
            return None
        # CPython looks for signals after calls and at jumps back: never before a plain store to an attribute.
        if event == "line" and not linecache.getline(memory.__file__, frame.f_lineno).strip().startswith(("self._lending =", "self._rescuing =")):
            count += 1
            if count == at:
                raise KeyboardInterrupt
        return trace

    sys.settrace(trace)
    try:
        y = (x + 1) * 3
        y.wait_to_read()
        z = clnd.zeros((1000 + at * 5000,)) + 1
        z.wait_to_read()
        return True
    except KeyboardInterrupt:
        return False
    finally:
        sys.settrace(None)

for release in (False, True):
    for at in range(1, 200):
        if release:
            settled()
        if interrupted(at):
            break
    assert at > 20
    check()
""", quiet=False)


def test_the_end_of_a_block_runs_no_python(ctx: Context, monkeypatch: pytest.MonkeyPatch) -> None:
    import sys

    ran: list[Any] = []
    block: Any = ctx.device.pool.allocate(1 << 16)
    sys.setprofile(lambda frame, event, arg: ran.append((event, frame.f_code.co_name)) if event == "call" else None)
    block = None
    sys.setprofile(None)
    assert block is None
    assert ran == []


def test_memory_is_used_again(ctx: Context) -> None:
    pool = ctx.device.pool
    gc.collect()
    first: Any = pool.allocate(3 << 20)
    buffer = first.buffer
    reserved = pool.reserved
    first = None
    again = pool.allocate(3 << 20)
    assert again.buffer is buffer
    assert pool.reserved == reserved
    x = clnd.asarray(np.arange(5))
    assert x.asnumpy().tolist() == [0, 1, 2, 3, 4]


def test_elements_of_content_that_was_replaced_are_forgotten() -> None:
    x = clnd.zeros(4)
    for _ in range(500):
        x += 1
        float(x[0])
    assert len(x._store.elements) <= 64
