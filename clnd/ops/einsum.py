"""einsum as nodes: diagonals are views, labels of one operand are summed, two operands are contracted by a product of matrices.

The order is a function of subscripts and shapes alone. Of two operands the labels that both have and the result too are a
batch, in the order of the result; those that are summed over are k, in the order of the first operand. Where nothing is
summed over, it is an elementwise product. Of more operands the pair whose result is smallest goes first, of equal ones the
leftmost, and its result takes the place of its left operand.
"""

from __future__ import annotations

from collections.abc import Sequence

from clnd.graph.node import Node
from clnd.ops import elementwise, reductions
from clnd.ops.products import matmul_node
from clnd.ops.subscripts import Label, Subscripts, diagonals, next_pair
from clnd.ops.views import reshaped_node, strided_node, transposed_node
from clnd.shapes import Shape, size_of

__all__ = ["einsum_node"]

Labels = tuple[Label, ...]


def einsum_node(nodes: Sequence[Node], given: Subscripts, path: Sequence[Sequence[int]] | None = None) -> tuple[Node, Shape]:
    """The node of ``given`` on operands of one dtype, and the order in which its axes are the result's, but for some of length 1.

    ``path`` says which operands are contracted first, by NumPy's rule: the result of a step comes last.
    """
    terms = [_without_repeats(node, labels) for node, labels in zip(nodes, given.inputs, strict=True)]
    terms = [_without_ones(node, labels) for node, labels in terms]
    for step in path or ():
        taken = [terms.pop(k) for k in sorted(step, reverse=True)][::-1]
        kept = set(given.output).union(*(labels for _, labels in terms))
        terms.append(_contracted(taken, tuple(k for k in _ordered(taken) if k in kept), given.lengths))
    node, labels = _contracted(terms, given.output, given.lengths)
    return node, tuple(labels.index(k) for k in given.output if k in labels)


def _ordered(terms: Sequence[tuple[Node, Labels]]) -> Labels:
    """The labels of ``terms`` in the order of first appearance."""
    return tuple(dict.fromkeys(k for _, labels in terms for k in labels))


def _without_repeats(node: Node, labels: Labels) -> tuple[Node, Labels]:
    """Axes of one label as one axis, the diagonal: a view."""
    once = tuple(dict.fromkeys(labels))
    if once == labels:
        return node, labels
    shape, _ = diagonals(labels, node.shape, (0,) * len(labels), once)
    return strided_node(node, shape, lambda strides: (0, diagonals(labels, node.shape, strides, once)[1])), once


def _without_ones(node: Node, labels: Labels) -> tuple[Node, Labels]:
    """Axes of length 1 dropped: along them an operand is the same for all."""
    kept = tuple(k for k, n in zip(labels, node.shape, strict=True) if n != 1)
    return (node, labels) if kept == labels else (reshaped_node(node, tuple(n for n in node.shape if n != 1)), kept)


def _contracted(terms: Sequence[tuple[Node, Labels]], output: Labels, lengths: dict[Label, int]) -> tuple[Node, Labels]:
    """One operand of all, with the labels of ``output`` that any has."""
    left = list(terms)
    while len(left) > 1:
        i, j = next_pair([labels for _, labels in left], output, lengths)
        second, first = left.pop(j), left.pop(i)
        kept = set(output).union(*(labels for _, labels in left))
        left.insert(i, _pair(first, second, kept, output))
    node, labels = left[0]
    return _summed(node, labels, set(output))


def _summed(node: Node, labels: Labels, kept: set[Label]) -> tuple[Node, Labels]:
    """The sum over the labels that are not in ``kept``, in the canonical order; the dtype stays."""
    axes = tuple(axis for axis, k in enumerate(labels) if k not in kept)
    if not axes:
        return node, labels
    return reductions.sum.node(node, axes, False, node.dtype), tuple(k for k in labels if k in kept)


def _pair(first: tuple[Node, Labels], second: tuple[Node, Labels], kept: set[Label], output: Labels) -> tuple[Node, Labels]:
    """Two operands as one, with the labels that are in ``kept``."""
    a, of_a = _summed(*first, kept | set(second[1]))
    b, of_b = _summed(*second, kept | set(first[1]))
    common = [k for k in of_a if k in of_b]
    over = tuple(k for k in common if k not in kept)
    batch = tuple(sorted((k for k in common if k in kept), key=lambda k: (output.index(k) if k in output else len(output), of_a.index(k))))
    rows, columns = (tuple(k for k in labels if k not in common) for labels in (of_a, of_b))
    result = batch + rows + columns
    if not over:
        return _crossed(a, of_a, b, of_b, result), result
    left, right = _arranged(a, of_a, batch, rows, over), _arranged(b, of_b, batch, over, columns)
    node = matmul_node(left, right)
    size = {**dict(zip(of_a, a.shape, strict=True)), **dict(zip(of_b, b.shape, strict=True))}
    return reshaped_node(node, tuple(size[k] for k in result)), result


def _crossed(a: Node, of_a: Labels, b: Node, of_b: Labels, result: Labels) -> Node:
    """The elementwise product, with axes as ``result`` has them."""
    return elementwise.multiply.node([_spread(a, of_a, result), _spread(b, of_b, result)])


def _spread(node: Node, labels: Labels, result: Labels) -> Node:
    """A view with the axes of ``result``, of length 1 where ``node`` has none."""
    ordered = [k for k in result if k in labels]
    node = transposed_node(node, tuple(labels.index(k) for k in ordered))
    return reshaped_node(node, tuple(node.shape[ordered.index(k)] if k in labels else 1 for k in result))


def _arranged(node: Node, labels: Labels, batch: Labels, rows: Labels, columns: Labels) -> Node:
    """The operand of a product: axes of a batch, and one axis each for ``rows`` and ``columns``."""
    size = dict(zip(labels, node.shape, strict=True))

    def lengths(of: Labels) -> Shape:
        return tuple(size[k] for k in of)

    node = transposed_node(node, tuple(labels.index(k) for k in (*batch, *rows, *columns)))
    return reshaped_node(node, (*lengths(batch), size_of(lengths(rows)), size_of(lengths(columns))))
