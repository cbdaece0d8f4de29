"""Which numbers of two files of one network are the same layer's: what is compared between float and quantised."""

from collections.abc import Mapping
from dataclasses import dataclass

from ghostbench.graph.alignment import align
from ghostbench.graph.parts import Graph, Operator, Subgraph
from ghostbench.graph.quantization import QUANTISERS, works_on_floats


@dataclass(frozen=True, slots=True, kw_only=True)
class LayerPair:
    """An operator of both files, and where its first result stands in each."""

    kind: str
    name: str
    shape: tuple[int, ...]
    index: int  # of the operator in the file
    reference_index: int
    tensor: int  # in the file
    reference_tensor: int
    sources: tuple[
        int, ...
    ]  # tensors that it computes from, before they were only given another scale
    in_floats: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class PairedLayers:
    """What of two files can be compared."""

    layers: tuple[LayerPair, ...]
    unpaired: tuple[str, ...]  # operators of the file that compute and have no counterpart


def pair_layers(graph: Graph, reference: Graph) -> PairedLayers:
    """The layers of a quantised graph and of the one in floats that it was made from."""
    main, other = graph.main, reference.main
    makers = {made: operator for operator in main.operators for made in operator.outputs}
    layers, unpaired = [], []
    for pair in align(reference, graph).pairs:
        if pair.b is None:
            continue
        operator = main.operators[pair.b]
        if operator.kind in QUANTISERS:
            continue
        twin = None if pair.a is None else other.operators[pair.a]
        if twin is None or not _is_same(main, operator, other, twin):
            made = main.output(operator)
            unpaired.append(f"{pair.b} {operator.kind} {made.name if made else ''}".rstrip())
            continue
        layers.append(_pair(main, operator, twin, makers))
    return PairedLayers(layers=tuple(layers), unpaired=tuple(unpaired))


def _is_same(main: Subgraph, operator: Operator, other: Subgraph, twin: Operator) -> bool:
    """Whether both mean the same numbers: same kind, shape and activation."""
    made, twin_made = main.output(operator), other.output(twin)
    return (
        operator.kind == twin.kind
        and made is not None
        and twin_made is not None
        and made.shape == twin_made.shape
        and _activation(operator) == _activation(twin)
    )


def _activation(operator: Operator) -> object:
    return operator.options.get("fused_activation_function", "NONE")


def _pair(
    main: Subgraph, operator: Operator, twin: Operator, makers: Mapping[int, Operator]
) -> LayerPair:
    made = main.tensors[operator.outputs[0]]
    return LayerPair(
        kind=operator.kind,
        name=made.name,
        shape=made.shape,
        index=operator.index,
        reference_index=twin.index,
        tensor=made.index,
        reference_tensor=twin.outputs[0],
        sources=tuple(
            _source(index, makers)
            for index in operator.inputs
            if index >= 0 and not main.tensors[index].is_constant
        ),
        in_floats=works_on_floats(main, operator),
    )


def _source(tensor: int, makers: Mapping[int, Operator]) -> int:
    """Where the numbers come from, past operators that only give them another scale."""
    seen: set[int] = set()
    while tensor in makers and makers[tensor].kind in QUANTISERS and tensor not in seen:
        seen.add(tensor)
        tensor = makers[tensor].inputs[0]
    return tensor
