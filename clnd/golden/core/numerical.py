"""Functions made of others: contractions, statistics, convolutions, windows, norms. Their order is that of the operations they are made of."""

from __future__ import annotations

from typing import Any

import clnd
from clnd.golden.case import enter, enter_together
from clnd.random import Generator

__all__: list[str] = []


def _in_line(parts: list[Any]) -> Any:
    """Arrays of one dtype, one after the other."""
    return clnd.concat([part.reshape(-1) for part in parts])


def _three(g: Generator) -> tuple[Any, ...]:
    return g.normal(0, 1, (6, 40, 9)), g.normal(0, 1, (9, 6, 17)), g.normal(0, 1, (17, 40))


enter_together(
    "contractions",
    _three,
    [
        ("einsum-batched", "bij,jbk->kbi", lambda a, b, c: clnd.einsum("bij,jbk->kbi", a, b)),
        ("einsum-scalar", "bij,bij->", lambda a, b, c: clnd.einsum("bij,bij->", a, a + 1)),
        ("einsum-three", "bij,jbk,ki->bi", lambda a, b, c: clnd.einsum("bij,jbk,ki->bi", a, b, c)),
        ("einsum-diagonal", "bbj->jb", lambda a, b, c: clnd.einsum("bbj->jb", a[:, :6] * 2)),
        ("vector-norm", "norms over two axes, of orders 2 and 3", lambda a, b, c: _in_line([clnd.linalg.vector_norm(a, axis=(0, 2), ord=p) for p in (2, 3)])),
        ("matrix-norm", "the Frobenius norm and that of order 1", lambda a, b, c: _in_line([clnd.linalg.matrix_norm(a, ord=p) for p in ("fro", 1)])),
        ("matrix-power", "the fifth power of a[:, :9]", lambda a, b, c: clnd.linalg.matrix_power(a[:, :9], 5)),
        ("kron-cross", "kron and cross", lambda a, b, c: _in_line([clnd.kron(a[0, :3], b[0, :2]), clnd.cross(a[..., :3], a[..., 3:6])])),
    ],
)


def _line(g: Generator) -> tuple[Any, ...]:
    return g.normal(0, 1, 1000), g.normal(0, 1, 7), g.normal(0, 1, 50)


enter_together(
    "lines",
    _line,
    [
        ("convolve-short", "1000 by 7, full", lambda x, v, w: clnd.convolve(x, v)),
        ("convolve-long", "1000 by 50, same", lambda x, v, w: clnd.convolve(x, w, "same")),
        ("correlate", "1000 by 50, valid", lambda x, v, w: clnd.correlate(x, w)),
        ("gradient", "of unit distance and of places", lambda x, v, w: _in_line([clnd.gradient(x), clnd.gradient(x, clnd.arange(1000) * 0.5 + x * 0.01, edge_order=2)])),
        ("unwrap", "unwrap(4 x)", lambda x, v, w: clnd.unwrap(x * 4)),
        ("polyval", "a polynomial of degree 6", lambda x, v, w: clnd.polyval(v, x)),
        ("sinc-angle", "sinc, angle", lambda x, v, w: _in_line([clnd.sinc(x), clnd.angle(x + 1j * x[::-1])])),
    ],
)


def _table(g: Generator) -> tuple[Any, ...]:
    x = g.normal(0, 1, (20, 150))
    return x, clnd.where(x > 1.5, float("nan"), x), g.uniform(0, 1, 150)


enter_together(
    "statistics",
    _table,
    [
        ("cov", "cov, also with weights", lambda x, y, w: _in_line([clnd.cov(x), clnd.cov(x, aweights=w)])),
        ("corrcoef", "corrcoef", lambda x, y, w: clnd.corrcoef(x)),
        ("average", "average with weights", lambda x, y, w: clnd.average(x, 1, w)),
        ("without-nan", "nanmean, nanvar, nanmax", lambda x, y, w: _in_line([clnd.nanmean(y, 1), clnd.nanvar(y, 0), clnd.nanmax(y, 1)])),
    ],
)


@enter("windows", "hanning, hamming, blackman, bartlett, kaiser of 101 points")
def _(g: Generator) -> Any:
    return _in_line([clnd.hanning(101), clnd.hamming(101), clnd.blackman(101), clnd.bartlett(101), clnd.kaiser(101, 8.6)])
