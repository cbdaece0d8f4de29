"""Look into the constants themselves for numbers that no good model holds; the only part of `graph` with numpy."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from ghostbench.core.errors import ModelFileError
from ghostbench.graph.calls import reachable
from ghostbench.graph.dataflow import Dataflow, dataflow
from ghostbench.graph.findings import Finding, make_finding
from ghostbench.graph.flatbuffer import Source
from ghostbench.graph.model_file import LARGEST_BYTES, open_model_file
from ghostbench.graph.parts import Graph, Tensor
from ghostbench.graph.weights import WEIGHT_INPUTS, place

_AT_ONCE_BYTES = 2**22
_HAS_SUBNORMAL_COST = frozenset({"float32", "float64"})  # smaller types are widened before use
_ZERO_MEANS_ZERO = frozenset({"int8", "int16", "int4"})  # quantised without an offset

_WHAT = {
    "nan": "NaN among the constants",
    "infinite": "infinity among the constants",
    "subnormal": "denormal number among the constants",
    "all-zero": "weight that is zero throughout",
    "bad-scale": "tensor with a scale that is not a positive number",
}
_COUNTED_BY_TENSOR = frozenset({"all-zero", "bad-scale"})


@dataclass(frozen=True, slots=True)
class _Bits:
    """How a floating type is laid out: an all-ones exponent says infinite or NaN, a zero one zero or subnormal."""

    word: str
    exponent: int
    fraction: int


_LAYOUTS = {
    "float16": _Bits("<u2", 0x7C00, 0x03FF),
    "bfloat16": _Bits("<u2", 0x7F80, 0x007F),
    "float32": _Bits("<u4", 0x7F80_0000, 0x007F_FFFF),
    "float64": _Bits("<u8", 0x7FF0_0000_0000_0000, 0x000F_FFFF_FFFF_FFFF),
    "float8_e5m2": _Bits("<u1", 0x7C, 0x03),
}


def find_in_constants(
    graph: Graph, path: Path, *, largest_bytes: int = LARGEST_BYTES
) -> tuple[Finding, ...]:
    """Look through the constants that the model uses, a few megabytes at a time.

    Raises ModelFileError when the file is no longer the one that `graph` was read from.
    """
    with open_model_file(path, largest_bytes=largest_bytes) as source:
        if len(source) != graph.size_bytes:
            raise ModelFileError(path, "this file changed while it was being read; try again")
        return tuple(_look_through(graph, source))


def _look_through(graph: Graph, source: Source) -> Iterator[Finding]:
    # An honest file holds every byte once, so its constants are no more than its size. One that lets constants overlap
    # could ask for far more work than that.
    left = graph.size_bytes
    seen: set[object] = set()
    for subgraph in reachable(graph):
        flow = dataflow(subgraph)
        found: dict[str, list[tuple[Tensor, int]]] = {}
        for tensor in subgraph.tensors:
            at = tensor.quantization.scales_at if tensor.quantization else 0
            key = (place(tensor), tensor.dtype, at)
            left -= 0 if key in seen else _cost_bytes(tensor)
            if key in seen or left < 0:
                continue
            seen.add(key)
            for kind, count in _counts(source, flow, tensor).items():
                found.setdefault(kind, []).append((tensor, count))
        yield from (_finding(flow, kind, places) for kind, places in found.items())
    if left < 0:
        yield make_finding("overlapping-constants", "the constants overlap in the file")


def _cost_bytes(tensor: Tensor) -> int:
    return tensor.buffer_bytes + 4 * (tensor.quantization.scales if tensor.quantization else 0)


def _counts(source: Source, flow: Dataflow, tensor: Tensor) -> dict[str, int]:
    """Kind of finding to how many numbers of a tensor it concerns, where there are any."""
    counts = {"bad-scale": _bad_scales(source, tensor)}
    if tensor.is_constant and tensor.buffer.elsewhere is None:
        if layout := _LAYOUTS.get(tensor.dtype):
            nans, infinities, subnormals, zeros = _classes(source, tensor, layout)
            counts |= {"nan": nans, "infinite": infinities}
            counts["subnormal"] = subnormals if tensor.dtype in _HAS_SUBNORMAL_COST else 0
        elif tensor.dtype in _ZERO_MEANS_ZERO:
            zeros = _zero_bytes(source, tensor)
        else:
            zeros = 0
        if zeros == tensor.stored_elements > 1 and _is_kernel(flow, tensor):
            counts["all-zero"] = zeros
    return {kind: count for kind, count in counts.items() if count}


def _chunks(source: Source, tensor: Tensor, word: str) -> Iterator[np.ndarray]:
    width = np.dtype(word).itemsize
    end = tensor.buffer.at + tensor.buffer_bytes // width * width
    for at in range(tensor.buffer.at, end, _AT_ONCE_BYTES):
        yield np.frombuffer(source[at : min(at + _AT_ONCE_BYTES, end)], dtype=word)


def _classes(source: Source, tensor: Tensor, layout: _Bits) -> tuple[int, int, int, int]:
    nans = infinities = subnormals = zeros = 0
    for words in _chunks(source, tensor, layout.word):
        exponent = words & layout.exponent
        has_fraction = (words & layout.fraction) != 0
        top, bottom = exponent == layout.exponent, exponent == 0
        nans += int(np.count_nonzero(top & has_fraction))
        infinities += int(np.count_nonzero(top & ~has_fraction))
        subnormals += int(np.count_nonzero(bottom & has_fraction))
        zeros += int(np.count_nonzero(bottom & ~has_fraction))
    return nans, infinities, subnormals, zeros


def _zero_bytes(source: Source, tensor: Tensor) -> int:
    """The number of elements if all are zero, else 0."""
    if any(words.any() for words in _chunks(source, tensor, "<u1")):
        return 0
    return tensor.stored_elements


def _bad_scales(source: Source, tensor: Tensor) -> int:
    if tensor.quantization is None or not tensor.quantization.scales:
        return 0
    at, count = tensor.quantization.scales_at, tensor.quantization.scales
    scales = np.frombuffer(source[at : at + 4 * count], dtype="<f4")
    return count - int(np.count_nonzero(np.isfinite(scales) & (scales > 0)))


def _is_kernel(flow: Dataflow, tensor: Tensor) -> bool:
    readers = flow.readers.get(tensor.index, ())
    return len(tensor.shape) > 1 and any(reader.kind in WEIGHT_INPUTS for reader in readers)


def _finding(flow: Dataflow, kind: str, places: list[tuple[Tensor, int]]) -> Finding:
    readers = (o.index for tensor, _ in places for o in flow.readers.get(tensor.index, ()))
    count = len(places) if kind in _COUNTED_BY_TENSOR else sum(count for _, count in places)
    return make_finding(
        kind,
        f"{count:,} x {_WHAT[kind]}",
        subgraph=flow.subgraph,
        operators=tuple(dict.fromkeys(readers)),
        moved_bytes=sum(tensor.buffer_bytes for tensor, _ in places),
    )
