"""Signal handlers that use arrays, and memory that comes back: in the middle of whatever they interrupt."""

from __future__ import annotations

import pytest

from tests.child import succeeds

# Signals concern the host; a checker is slow, and its compiler writes to stderr.
pytestmark = pytest.mark.slow

SHARED = """
import signal
N = 200
x = clnd.arange(N, dtype="float32") + 0
x.wait_to_read()
log = clnd.zeros((64,), dtype="int32")
log.wait_to_read()
calls = failures = inside = 0

def handler(*_):
    # What a program does that saves its state: reads, computes, draws, and writes.
    global calls, failures, inside
    if inside:
        return
    inside += 1
    calls += 1
    ok = float((x[3] + 1).item()) == 4 and (x + 1).asnumpy()[7] == 8 and float((x * 2).sum()) == N * (N - 1)
    clnd.random.uniform(shape=(3,)).asnumpy()
    log[calls % 32] += 1
    ok = ok and float(clnd.full((5,), 2.0).sum()) == 10
    failures += not ok
    inside -= 1
"""

LAUNCHES = SHARED + """
def work(k):
    y = x + 1
    assert (y.asnumpy() == np.arange(N) + 1).all(), y
    z = x * 2 + y
    t = clnd.arange(5, dtype="float32") + 1
    assert t.asnumpy().tolist() == [1, 2, 3, 4, 5], t
    log[40 + k % 8] += 1
    log[48:50] += 1
    log[50:52] = log[48:50] + 1
    parts = log[56:60]
    parts -= 1
    assert float(z.sum()) == 1.5 * N * (N - 1) + N
    clnd.random.normal(shape=(4,)).wait_to_read()
    assert float((x + clnd.asarray(np.ones(N, np.float32))).max()) == N

for k in range(8):
    work(k)
log[:] = 0
handler()
calls, before = 0, log.asnumpy().sum()
log[:] = 0
"""

CHECKED = """
signal.setitimer(signal.ITIMER_REAL, 0)
assert failures == 0, failures
found = log.asnumpy()
assert found[:32].sum() == calls, (found, calls)
assert found[40:48].sum() == done and (found[48:50] == done).all(), (found, done)
assert (found[50:52] == done + 1).all() and (found[56:60] == -done).all(), (found, done)
print(calls)
"""


def test_handlers_that_interrupt_launches() -> None:
    """Timers at every distance from 20 us on: also between an argument and the launch."""
    said = succeeds(LAUNCHES + """
signal.signal(signal.SIGALRM, handler)
end, done = time.perf_counter() + 4, 0
while time.perf_counter() < end:
    signal.setitimer(signal.ITIMER_REAL, 2e-5 + 1.7e-5 * (done % 97), 1e-3)
    work(done)
    done += 1
""" + CHECKED)
    assert int(said) > 100


def test_a_handler_at_every_line() -> None:
    """The handler runs once at a line of clnd, each time another one, as a signal's may."""
    said = succeeds(LAUNCHES + """
import random
lines, at, done = 0, 0, 0

def trace(frame, event, arg):
    global lines
    if not frame.f_globals.get("__name__", "").startswith("clnd") or frame.f_code.co_name == "replace":
        return None  # no handler can come between the lines of Store.replace
    if event == "line" and not inside:
        lines += 1
        if lines == at:
            sys.settrace(None)
            handler()
            sys.settrace(trace)
    return trace

def traced(k):
    global lines, done
    lines = 0
    sys.settrace(trace)
    work(k)
    sys.settrace(None)
    done += 1

at = -1
traced(0)
every, first = lines, random.Random(3)
places = sorted(first.sample(range(1, every), min(every - 1, 500)))
for at in places:
    traced(done)
assert calls >= 0.9 * len(places)
""" + CHECKED, timeout=120)
    assert int(said) > 300


def test_handlers_that_interrupt_compilation() -> None:
    """Nothing is kept between processes, so that every kernel of both is rendered and compiled, and the device opened."""
    said = succeeds(SHARED.replace("x = clnd", "x = None; import warnings\nx = clnd") + """
signal.signal(signal.SIGTERM, handler)
stop = threading.Event()

def storm():
    while not stop.wait(0.003):
        os.kill(os.getpid(), signal.SIGTERM)

thread = threading.Thread(target=storm)
thread.start()
results = [float(f(x).sum()) for f in (clnd.sqrt, lambda v: v * v - 1, lambda v: clnd.maximum(v, 3))]
stop.set()
thread.join()
host = np.arange(N, dtype=np.float32)
assert np.allclose(results, [np.sqrt(host).sum(), (host * host - 1).sum(), np.maximum(host, 3).sum()])
assert failures == 0
print(calls)
""", env={"CLND_CACHE": "0"}, timeout=150)
    assert int(said) > 0  # how many, the compiler decides: it gives Python no chance while it runs
