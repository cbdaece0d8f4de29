"""The facts of a `.tflite` file: what a model costs and what it takes and gives."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from ghostbench.core.artifact import Quantization, TensorFacts
from ghostbench.graph.calls import reachable
from ghostbench.graph.macs import count_macs
from ghostbench.graph.model_file import LARGEST_BYTES
from ghostbench.graph.parts import Graph, Tensor
from ghostbench.graph.quantization import quantization_of
from ghostbench.graph.reader import read_graph
from ghostbench.graph.weights import count_params, precision, stored_bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class FileFacts:
    """What a `.tflite` file says about its model.

    The model is the first subgraph and everything that it runs.

    `params` is the number of weights stored in the file: the elements of all constants in a weight or bias input of an
    operator that multiplies matrices (a convolution, a matrix product, a recurrent layer), and of all floating or
    quantised constants of more than one element that any other operator reads (a scale per channel, an embedding).
    Shapes, axes and indices are no weights, nor is a single number such as the 1/6 of a hard sigmoid. A constant used
    twice counts once; of a sparse one only what is stored. Batch normalisation that was folded leaves one bias per
    channel, so the number differs a little from the trainable parameters of the network.
    """

    params: int
    macs: int  # with 1 in place of an open dimension, and without what `uncounted` names
    operators: Mapping[str, int]  # kind to number
    inputs: tuple[TensorFacts, ...]
    outputs: tuple[TensorFacts, ...]
    size_bytes: int
    sha256: str
    uncounted: Mapping[str, int] = field(default_factory=dict)  # kind to number, MACs unknown
    uncounted_reasons: Mapping[str, str] = field(default_factory=dict)
    macs_by_operator: Mapping[str, int] = field(default_factory=dict)  # kind to MACs, not 0
    precision: str | None = None  # see `weights.precision`
    dynamic: bool = False  # an input, or anything that is computed, has an open size
    stored_bytes_by_dtype: Mapping[str, int] = field(default_factory=dict)  # constants only
    subgraphs: int = 1  # in the file, those that the model does not run included
    signatures: tuple[str, ...] = ()
    description: str = ""
    min_runtime_version: str | None = None
    schema_version: int = 3
    quantization: Quantization | None = None  # None where no weights are quantised


def read_facts(path: Path, *, largest_bytes: int = LARGEST_BYTES) -> FileFacts:
    """Read a `.tflite` file. Raises ModelFileError when it cannot be read."""
    return facts_of(read_graph(path, largest_bytes=largest_bytes))


def facts_of(graph: Graph) -> FileFacts:
    """The facts of a graph."""
    count = count_macs(graph)
    parts = reachable(graph)
    operators = Counter(operator.kind for part in parts for operator in part.operators)
    return FileFacts(
        params=count_params(graph),
        macs=count.total,
        operators=dict(operators.most_common()),
        inputs=tuple(_facts(tensor) for tensor in graph.main.named(graph.main.inputs)),
        outputs=tuple(_facts(tensor) for tensor in graph.main.named(graph.main.outputs)),
        size_bytes=graph.size_bytes,
        sha256=graph.sha256,
        uncounted=count.uncounted,
        uncounted_reasons=count.reasons,
        macs_by_operator=count.by_kind(),
        precision=precision(graph),
        dynamic=any(tensor.is_dynamic for part in parts for tensor in part.tensors),
        stored_bytes_by_dtype=stored_bytes(graph),
        subgraphs=len(graph.subgraphs),
        signatures=tuple(signature.key for signature in graph.signatures),
        description=graph.description,
        min_runtime_version=graph.min_runtime_version,
        schema_version=graph.schema_version,
        quantization=quantization_of(graph),
    )


def _facts(tensor: Tensor) -> TensorFacts:
    return TensorFacts(name=tensor.name, dtype=tensor.dtype, shape=tensor.open_shape)
