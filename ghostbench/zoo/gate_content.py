"""What a built file must be made of: one static graph, finite constants, as many bytes as its weights take."""

from collections.abc import Mapping
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from ghostbench.graph.parts import Graph, Tensor
from ghostbench.graph.weights import precision as stored_precision
from ghostbench.zoo.network_facts import NetworkFacts

_WEIGHT_BYTES: Mapping[str, int] = {"fp32": 4, "fp16": 2, "dynamic": 1, "int8": 1}
# The least and the most for one output of a kernel: a bias of 4 bytes (2 in fp16), left out where it is 0. What is kept
# in int8 has a scale of 4 bytes and a zero point of 8 as well: the weights, and in full int8 the bias.
_CHANNEL_BYTES: Mapping[str, tuple[int, int]] = {
    "fp32": (0, 4),
    "fp16": (0, 2),
    "dynamic": (12, 16),
    "int8": (12, 28),
}
# The graph itself: operators, tensors and their names, per operator; measured over the zoo, see tests/zoo.
_GRAPH_BYTES = (100, 700)
_HEADER_BYTES = 4096
# The converter keeps some small kernels in floats when asked for dynamic ones.
_TOLERANCE = 0.03
# A model of one's own: constants may be folded into others, or shared.
_OWN_TOLERANCE = 0.1
_OWN_HEADER_BYTES = 1 << 16
_LARGEST_NUMBER_BYTES = 8
_SMALL_KERNEL_BYTES = 4 * 1024

_SCALE: np.dtype[np.floating] = np.dtype("<f4")
_NUMBERS: Mapping[str, np.dtype[np.floating]] = {
    "float16": np.dtype("<f2"),
    "float32": np.dtype("<f4"),
    "float64": np.dtype("<f8"),
}


def shape_reasons(graph: Graph, network: NetworkFacts) -> list[str]:
    """Why it cannot be run as one network on one image."""
    if len(graph.subgraphs) != 1:
        return [f"it holds {len(graph.subgraphs)} subgraphs, not 1"]
    reasons = []
    for side, indices, expected in (
        ("input", graph.main.inputs, network.input_shape),
        ("output", graph.main.outputs, network.output_shape),
    ):
        shapes = [tensor.open_shape for tensor in graph.main.named(indices)]
        if shapes != [expected]:
            found = " and ".join(str(list(shape)) for shape in shapes) or "missing"
            reasons.append(f"its {side} is {found}, the network's is {list(expected)}")
    if not reasons and (count := sum(tensor.is_dynamic for tensor in graph.main.tensors)):
        reasons.append(f"{count} of its tensors leave a size open")
    return reasons


def constant_reasons(graph: Graph, path: Path) -> list[str]:
    """Which stored numbers are no numbers."""
    content = path.read_bytes()
    bad = [t for s in graph.subgraphs for t in s.tensors if not _is_finite(t, content)]
    if not bad:
        return []
    return [f"{len(bad)} of its constants hold NaN or infinity, {bad[0].name!r} for one"]


def size_reasons(graph: Graph, network: NetworkFacts, precision: str) -> list[str]:
    """Whether its weights are of the precision, and it is as large as they make it."""
    found = stored_precision(graph)
    if found not in (precision, None):
        return [f"its weights are {found}, not {precision}"]
    weights = network.weights * _WEIGHT_BYTES[precision]
    operators = len(graph.main.operators)
    lowest, highest = (
        weights * share + network.channels * a_channel + operators * an_operator
        for share, a_channel, an_operator in zip(
            (1 - _TOLERANCE, 1 + _TOLERANCE), _CHANNEL_BYTES[precision], _GRAPH_BYTES, strict=True
        )
    )
    if lowest <= graph.size_bytes <= highest + _HEADER_BYTES:
        return []
    return [
        f"it has {graph.size_bytes:,} bytes; {network.weights:,} weights in {precision} and {operators} "
        f"operators make {lowest:,.0f} to {highest + _HEADER_BYTES:,.0f}"
    ]


def own_size_reasons(graph: Graph, network: NetworkFacts, precision: str) -> list[str]:
    """The same of a model of one's own, of which less is known: what it holds beside its weights may be anything."""
    found = stored_precision(graph)
    if found not in (precision, None):
        unquantised = precision == "dynamic" and found in ("fp32", "mixed")
        why = (
            ": the converter leaves kernels of fewer than 1,024 numbers in floats"
            if unquantised
            else ""
        )
        return [f"its weights are {found}, not {precision}{why}"]
    weights = network.weights * _WEIGHT_BYTES[precision]
    rest = max(0, network.params - network.weights) * _LARGEST_NUMBER_BYTES
    # Small kernels are kept in floats when asked for dynamic ones.
    small = _SMALL_KERNEL_BYTES if precision == "dynamic" else 0
    operators, channels = len(graph.main.operators), _CHANNEL_BYTES[precision][1]
    lowest = weights * (1 - _OWN_TOLERANCE)
    highest = weights * (1 + _OWN_TOLERANCE) + rest + network.channels * channels
    highest += operators * (_GRAPH_BYTES[1] + small) + _OWN_HEADER_BYTES
    if lowest <= graph.size_bytes <= highest:
        return []
    return [
        f"it has {graph.size_bytes:,} bytes; {network.weights:,} weights in {precision} make "
        f"{lowest:,.0f} to {highest:,.0f}"
    ]


def _is_finite(tensor: Tensor, content: bytes) -> bool:
    stored: list[NDArray[np.floating]] = []
    kind = _NUMBERS.get(tensor.dtype)
    if kind and tensor.is_constant and tensor.buffer.elsewhere is None:
        count = tensor.buffer.size_bytes // kind.itemsize
        stored.append(np.frombuffer(content, kind, count, tensor.buffer.at))
    if (quantization := tensor.quantization) and quantization.scales:
        at, scales = quantization.scales_at, quantization.scales
        stored.append(np.frombuffer(content, _SCALE, scales, at))
    return all(bool(np.isfinite(values).all()) for values in stored)
