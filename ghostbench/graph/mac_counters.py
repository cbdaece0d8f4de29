"""Multiply-adds of one operator, one function per kind.

Counted are products with weights or between matrices; biases, activations and peephole connections are not. Positions
outside the picture, where a convolution pads, count like any other. A sparse or compressed weight counts as if it
were dense. A dimension that the file leaves open counts as 1.
"""

from collections.abc import Callable, Iterable, Mapping
from itertools import zip_longest
from math import prod

from ghostbench.graph.parts import Operator, Subgraph, Tensor

Counter = Callable[[Subgraph, Operator], int]
_BASIC_LSTM = 1  # the kernel that keeps all weights in one matrix


class Uncountable(ValueError):
    """The multiply-adds of an operator cannot be told from the file; the message says why."""


def _known(tensor: Tensor | None, ranks: Iterable[int] | None = None) -> Tensor:
    if tensor is None:
        raise Uncountable("an input or output is missing")
    if not tensor.shape and not tensor.has_rank:
        raise Uncountable("a shape is only known at run time")
    if ranks is not None and len(tensor.shape) not in ranks:
        raise Uncountable(f"a tensor has {len(tensor.shape)} dimensions, which does not fit")
    return tensor


def _check_same(one: int, other: int, what: str) -> int:
    """The size that both tensors give, or the one that is not open."""
    if one > 0 and other > 0 and one != other:
        raise Uncountable(f"{what} disagree: {one} and {other}")
    return max(one, other, 1)


def _check_channels(image: Tensor, taken: int) -> None:
    channels = image.open_shape[-1]
    if channels > 0 and channels % taken:
        raise Uncountable(f"the kernel takes {taken} channels of {channels}")


def _conv_2d(subgraph: Subgraph, operator: Operator) -> int:
    image, kernel = (_known(subgraph.input(operator, position), [4]) for position in (0, 1))
    result = _known(subgraph.output(operator), [4])
    out_channels, height, width, in_channels = kernel.dims
    _check_channels(image, in_channels)  # fewer than the image has: the convolution is grouped
    _check_same(result.open_shape[-1], out_channels, "output channels")
    return result.elements * height * width * in_channels


def _depthwise(subgraph: Subgraph, operator: Operator) -> int:
    kernel = _known(subgraph.input(operator, 1), [4])
    result = _known(subgraph.output(operator), [4])
    # The output has the input's channels times the depth multiplier, and so has the kernel.
    _, height, width, channels = kernel.dims
    _check_same(result.open_shape[-1], channels, "output channels")
    return result.elements * height * width


def _transpose_conv(subgraph: Subgraph, operator: Operator) -> int:
    kernel = _known(subgraph.input(operator, 1), [4])
    image = _known(subgraph.input(operator, 2), [4])
    out_channels, height, width, in_channels = kernel.dims
    _check_same(image.open_shape[-1], in_channels, "input channels")
    return image.elements * height * width * out_channels  # each input spreads over a kernel


def _conv_3d(subgraph: Subgraph, operator: Operator) -> int:
    image, kernel = (_known(subgraph.input(operator, position), [5]) for position in (0, 1))
    result = _known(subgraph.output(operator), [5])
    _check_channels(image, kernel.dims[3])
    _check_same(result.open_shape[-1], kernel.dims[4], "output channels")
    return result.elements * prod(kernel.dims[:4])


def _conv_3d_transpose(subgraph: Subgraph, operator: Operator) -> int:
    kernel = _known(subgraph.input(operator, 1), [5])
    image = _known(subgraph.input(operator, 2), [5])
    _check_same(image.open_shape[-1], kernel.dims[4], "input channels")
    return image.elements * prod(kernel.dims[:4])


def _fully_connected(subgraph: Subgraph, operator: Operator) -> int:
    weights = _known(subgraph.input(operator, 1), [2])
    values = _known(subgraph.input(operator, 0), range(1, 64))
    out_features, in_features = weights.dims
    rows, rest = divmod(values.elements, in_features)
    if rest and not values.is_dynamic:
        raise Uncountable(f"{values.elements} inputs do not fill rows of {in_features}")
    return max(rows, 1) * in_features * out_features


def _batch_matmul(subgraph: Subgraph, operator: Operator) -> int:
    left, right = (
        _known(subgraph.input(operator, position), range(2, 64)).open_shape for position in (0, 1)
    )
    rows, shared = _last_two(left, operator.integer("adj_x"))
    again, columns = _last_two(right, operator.integer("adj_y"))
    batch = 1
    for one, other in zip_longest(left[-3::-1], right[-3::-1], fillvalue=1):
        batch *= max(one, other) if 1 in (one, other) else _check_same(one, other, "batches")
    inner = _check_same(shared, again, "the sizes to sum over")
    return max(batch, 1) * max(rows, 1) * inner * max(columns, 1)


def _last_two(shape: tuple[int, ...], swapped: int) -> tuple[int, int]:
    return (shape[-1], shape[-2]) if swapped else (shape[-2], shape[-1])


def _rows(values: Tensor) -> int:
    return values.elements // values.dims[-1]


def _matrices(
    subgraph: Subgraph, operator: Operator, needed: Iterable[int], optional: Iterable[int] = ()
) -> int:
    """Elements of the weight matrices at these inputs: the multiply-adds of one row."""
    total = sum(_known(subgraph.input(operator, at), [2]).elements for at in needed)
    found = (subgraph.input(operator, at) for at in optional)
    return total + sum(_known(tensor, [2]).elements for tensor in found if tensor)


def _lstm(subgraph: Subgraph, operator: Operator) -> int:
    values = _known(subgraph.input(operator, 0), [2, 3])
    if operator.integer("kernel_type") == _BASIC_LSTM:
        return _rows(values) * _matrices(subgraph, operator, [2])
    # Inputs 1 to 4 are input weights, 5 to 8 recurrent ones, the first of each optional; 16 is the projection.
    needed, optional = [2, 3, 4], [1, 16]
    if not operator.integer("diagonal_recurrent_tensors"):  # else elementwise
        needed, optional = [*needed, 6, 7, 8], [*optional, 5]
    return _rows(values) * _matrices(subgraph, operator, needed, optional)


def _bidirectional_lstm(subgraph: Subgraph, operator: Operator) -> int:
    values = _known(subgraph.input(operator, 0), [3])
    forward, backward = [2, 3, 4, 6, 7, 8], [19, 20, 21, 23, 24, 25]
    optional = [1, 5, 16, 18, 22, 33, *range(40, 48)]  # from 40 on for the auxiliary input
    return _rows(values) * _matrices(subgraph, operator, [*forward, *backward], optional)


def _rnn(subgraph: Subgraph, operator: Operator) -> int:
    values = _known(subgraph.input(operator, 0), [2, 3])
    return _rows(values) * _matrices(subgraph, operator, [1, 2])


def _bidirectional_rnn(subgraph: Subgraph, operator: Operator) -> int:
    values = _known(subgraph.input(operator, 0), [3])
    return _rows(values) * _matrices(subgraph, operator, [1, 2, 5, 6], [10, 11])


COUNTERS: Mapping[str, Counter] = {
    "CONV_2D": _conv_2d,
    "DEPTHWISE_CONV_2D": _depthwise,
    "TRANSPOSE_CONV": _transpose_conv,
    "CONV_3D": _conv_3d,
    "CONV_3D_TRANSPOSE": _conv_3d_transpose,
    "FULLY_CONNECTED": _fully_connected,
    "BATCH_MATMUL": _batch_matmul,
    "LSTM": _lstm,
    "UNIDIRECTIONAL_SEQUENCE_LSTM": _lstm,
    "BIDIRECTIONAL_SEQUENCE_LSTM": _bidirectional_lstm,
    "RNN": _rnn,
    "UNIDIRECTIONAL_SEQUENCE_RNN": _rnn,
    "BIDIRECTIONAL_SEQUENCE_RNN": _bidirectional_rnn,
    "SVDF": _rnn,  # its feature and time weights stand where an RNN has its two matrices
}
