"""The parts of a model graph: what a `.tflite` file says, without the weights themselves."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from math import prod

from ghostbench.graph.schema import BITS, SCHEMA_VERSION

OptionValue = int | float | str | tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Buffer:
    """Where bytes are stored."""

    at: int = 0  # offset from the start of the file
    size_bytes: int = 0
    elsewhere: str | None = None  # the name of another file that holds them


@dataclass(frozen=True, slots=True, kw_only=True)
class Quantization:
    """How stored numbers stand for real ones, in short."""

    kind: str  # "affine", "blockwise", "multi-axis", "custom"
    scales: (
        int  # how many: 1 for the whole tensor, or one per channel; 0 where they stand in a tensor
    )
    scales_at: int = 0  # offset in the file of the first, a float32
    axis: int = 0  # of the channels


@dataclass(frozen=True, slots=True, kw_only=True)
class Tensor:
    """A place for numbers between operators, or constants."""

    index: int
    name: str
    dtype: str
    shape: tuple[int, ...]
    shape_signature: tuple[int, ...] = ()  # -1 where the file leaves the size open; () for none
    has_rank: bool = False  # True tells a scalar from an unknown shape; old files never set it
    buffer: Buffer = Buffer()
    is_variable: bool = False
    sparse: bool = False  # only the elements that are not zero are stored
    quantization: Quantization | None = None
    values: tuple[int, ...] | None = None  # of a short integer constant, such as an axis or a shape

    @property
    def buffer_bytes(self) -> int:
        """Bytes stored for it."""
        return self.buffer.size_bytes

    @property
    def is_constant(self) -> bool:
        """Whether its content stands in the file (or in one beside it)."""
        return self.buffer.size_bytes > 0 and not self.is_variable

    @property
    def open_shape(self) -> tuple[int, ...]:
        """Its shape with -1 where the size is open."""
        if len(self.shape_signature) == len(self.shape):
            pairs = zip(self.shape, self.shape_signature, strict=True)
            return tuple(-1 if size <= 0 or sign < 0 else size for size, sign in pairs)
        return tuple(size if size > 0 else -1 for size in self.shape)

    @property
    def is_dynamic(self) -> bool:
        """Whether a dimension is open."""
        return -1 in self.open_shape

    @property
    def dims(self) -> tuple[int, ...]:
        """Its shape with 1 where the size is open."""
        return tuple(1 if size < 0 else size for size in self.open_shape)

    @property
    def elements(self) -> int:
        """Number of elements, counting an open dimension as 1."""
        return prod(self.dims)

    @property
    def stored_elements(self) -> int:
        """Number of elements in its buffer; never more than the buffer can hold."""
        capacity = self.buffer_bytes * 8 // (BITS.get(self.dtype) or 8)
        return capacity if self.sparse else min(self.elements, capacity)

    @property
    def expected_bytes(self) -> int | None:
        """Bytes that its shape and type ask for; None where that has no fixed answer."""
        bits = BITS.get(self.dtype)
        return None if not bits or self.sparse else -(-self.elements * bits // 8)


@dataclass(frozen=True, slots=True, kw_only=True)
class Operator:
    """One step of the computation."""

    index: int
    kind: str  # "CONV_2D"; "custom:NAME" for a custom one, "BUILTIN_n" for one this version does not know
    version: int
    inputs: tuple[int, ...]  # tensor indices; -1 for an optional input left out
    outputs: tuple[int, ...]
    options: Mapping[str, OptionValue] = field(default_factory=dict)

    def integer(self, name: str, default: int = 0) -> int:
        """An option that is a whole number or a flag."""
        value = self.options.get(name, default)
        return value if isinstance(value, int) else default


@dataclass(frozen=True, slots=True, kw_only=True)
class Subgraph:
    """A list of operators in the order in which they run."""

    index: int
    name: str
    tensors: tuple[Tensor, ...] = ()
    operators: tuple[Operator, ...] = ()
    inputs: tuple[int, ...] = ()
    outputs: tuple[int, ...] = ()

    def input(self, operator: Operator, position: int) -> Tensor | None:
        """An input of an operator; None where it is left out."""
        if position >= len(operator.inputs) or operator.inputs[position] < 0:
            return None
        return self.tensors[operator.inputs[position]]

    def output(self, operator: Operator, position: int = 0) -> Tensor | None:
        """An output of an operator; None where it has fewer."""
        if position >= len(operator.outputs) or operator.outputs[position] < 0:
            return None
        return self.tensors[operator.outputs[position]]

    def named(self, indices: tuple[int, ...]) -> Iterator[Tensor]:
        """The tensors of these indices, without those left out."""
        return (self.tensors[index] for index in indices if index >= 0)


@dataclass(frozen=True, slots=True, kw_only=True)
class Signature:
    """A named way to call the model."""

    key: str
    subgraph: int
    inputs: Mapping[str, int]  # name to tensor index
    outputs: Mapping[str, int]


@dataclass(frozen=True, slots=True, kw_only=True)
class Graph:
    """Everything a `.tflite` file says about its model."""

    subgraphs: tuple[Subgraph, ...]
    buffers: tuple[Buffer, ...] = ()
    signatures: tuple[Signature, ...] = ()
    metadata: Mapping[str, Buffer] = field(default_factory=dict)
    description: str = ""
    schema_version: int = SCHEMA_VERSION
    min_runtime_version: str | None = None
    size_bytes: int
    sha256: str

    @property
    def main(self) -> Subgraph:
        """The subgraph that is run: the first one; an empty one when the file holds none."""
        return self.subgraphs[0] if self.subgraphs else Subgraph(index=0, name="")
