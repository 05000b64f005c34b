"""What editors and type checkers know: functions, operators and methods of arrays give arrays."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

api = pytest.importorskip("mypy.api")

MAIN = (
    "clnd.add(x, 2)", "clnd.add(2, x)", "clnd.exp(x)", "clnd.where(x > 0, x, 0)", "x + 1", "1 + x", "-x", "x @ x", "x == x", "x < 1", "x[0]", "x.T", "x.sum()",
    "x.mean(axis=0)", "x.reshape(1)", "x.astype('int8')", "x.copy()", "x.to_device('cpu(0)')", "clnd.sum(x)", "clnd.mean(x)", "clnd.argmax(x)",
    "clnd.matmul(x, x)", "clnd.vecdot(x, x)", "clnd.linalg.outer(x, x)", "clnd.reshape(x, (1,))", "clnd.zeros((2,))", "clnd.arange(3)", "clnd.zeros_like(x)",
    "clnd.random.uniform(shape=(2,))", "clnd.random.Generator(1).normal(shape=(2,))",
)  # fmt: skip
OF_MXNET = ("y", "y + 1", "y.sum()", "y.sqrt()", "y[0]", "nd.zeros((2,))", "nd.exp(y)", "nd.sum(y)", "nd.dot(y, y)", "nd.broadcast_add(y, y)", "nd.one_hot(y, 3)")
OTHERS = {"x.shape": "tuple[int, ...]", "clnd.result_type(x)": "dtype[Any]"}


def test_calls_give_arrays(tmp_path: Path) -> None:
    lines = ["import clnd", "from clnd import nd", "x = clnd.asarray([1.0])", "y = nd.array([1.0])"]
    expected = {**dict.fromkeys(MAIN, "clnd.arrays.Array"), **dict.fromkeys(OF_MXNET, "clnd.nd.ndarray.NDArray"), **OTHERS}
    file = tmp_path / "program.py"
    file.write_text("\n".join([*lines, *(f"reveal_type({call})" for call in expected)]) + "\n")
    told, _, status = api.run(["--strict", "--cache-dir", str(tmp_path / "cache"), str(file)])
    assert status == 0, told
    found = re.findall(r'Revealed type is "(.*)"', told)
    assert len(found) == len(expected), told
    wrong = {call: got for (call, want), got in zip(expected.items(), found, strict=True) if want not in got}
    assert not wrong
