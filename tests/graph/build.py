"""Build `.tflite` files for tests from a few words, without TensorFlow."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from math import prod
from typing import Any

import flatbuffers
import numpy as np
from ai_edge_litert import schema_py_generated as schema

from ghostbench.graph.schema import BITS, TENSOR_TYPES

NUMBERS = {name: number for number, (name, _) in enumerate(TENSOR_TYPES)}
KINDS: dict[str, int] = {
    name: number for name, number in vars(schema.BuiltinOperator).items() if isinstance(number, int)
}
UNIONS: tuple[dict[str, int], dict[str, int]] = (
    vars(schema.BuiltinOptions),
    vars(schema.BuiltinOptions2),
)


@dataclass(frozen=True, kw_only=True)
class TensorPlan:
    shape: tuple[int, ...]
    dtype: str = "float32"
    data: bytes | None = None
    share: str | None = None  # tensors that share a name share a buffer
    signature: tuple[int, ...] | None = None
    has_rank: bool = True
    name: str | None = None
    scales: tuple[float, ...] = ()
    axis: int = 0  # of the scales
    zero_point: int = 0
    blockwise: bool = False
    sparse: bool = False
    variable: bool = False
    buffer: int | None = None  # a number to write whatever it is
    external: int = 0


@dataclass(frozen=True, kw_only=True)
class OperatorPlan:
    kind: str | int  # "CONV_2D", "custom:Name", or a number
    inputs: tuple[int, ...] = ()
    outputs: tuple[int, ...] = ()
    options: dict[str, Any] = field(default_factory=dict)  # with "table" naming the options' table
    version: int = 1


@dataclass(frozen=True, kw_only=True)
class SubgraphPlan:
    tensors: tuple[TensorPlan, ...] = ()
    operators: tuple[OperatorPlan, ...] = ()
    inputs: tuple[int, ...] = ()
    outputs: tuple[int, ...] = ()
    name: str | None = "main"


def tensor(*shape: int, dtype: str = "float32", **more: Any) -> TensorPlan:
    """A tensor that holds what operators compute."""
    return TensorPlan(shape=shape, dtype=dtype, **more)


def constant(*shape: int, dtype: str = "float32", **more: Any) -> TensorPlan:
    """A tensor whose content, bytes that count upwards unless given, stands in the file."""
    count = -(-prod(shape) * BITS[dtype] // 8)
    data = more.pop("data", None)
    if data is None:
        data = _ones(dtype, prod(shape)) if dtype.startswith("float") else b"\1" * count
    return TensorPlan(shape=shape, dtype=dtype, data=data, **more)


def _ones(dtype: str, count: int) -> bytes:
    return np.ones(count, "<u1" if dtype.startswith("float8") else dtype).tobytes()


def numbers(*values: int, shape: tuple[int, ...] | None = None, dtype: str = "int32") -> TensorPlan:
    """A constant of whole numbers."""
    data = np.array(values, dtype).tobytes()
    return TensorPlan(shape=shape or (len(values),), dtype=dtype, data=data)


def op(
    kind: str | int, inputs: Sequence[int], outputs: Sequence[int], table: str = "", **options: Any
) -> OperatorPlan:
    """An operator; `table` and what follows are its options."""
    if table:
        options["table"] = table
    return OperatorPlan(kind=kind, inputs=tuple(inputs), outputs=tuple(outputs), options=options)


def subgraph(
    tensors: Sequence[TensorPlan],
    operators: Sequence[OperatorPlan],
    inputs: Sequence[int] = (0,),
    outputs: Sequence[int] = (-1,),
    name: str | None = "main",
) -> SubgraphPlan:
    """A subgraph; the last tensor is its output unless told otherwise."""
    last = tuple(len(tensors) - 1 if index == -1 else index for index in outputs)
    return SubgraphPlan(
        tensors=tuple(tensors),
        operators=tuple(operators),
        inputs=tuple(inputs),
        outputs=last,
        name=name,
    )


def one_operator(kind: str | int, *tensors: TensorPlan, table: str = "", **options: Any) -> bytes:
    """A model of one operator that reads all tensors but the last and makes the last."""
    inputs = range(len(tensors) - 1)
    step = op(kind, inputs, [len(tensors) - 1], table, **options)
    return model(subgraph(tensors, [step]))


def model(*subgraphs: SubgraphPlan, **changes: Any) -> bytes:
    """The bytes of a model; `changes` are set on the model's table before it is written."""
    return _write(model_table(*subgraphs, **changes))


def model_table(*subgraphs: SubgraphPlan, **changes: Any) -> Any:
    """The model as the schema's own objects, to be changed further."""
    made = schema.ModelT()
    made.version = 3
    made.description = "built for a test"
    made.buffers = [schema.BufferT()]
    made.operatorCodes = []
    shared: dict[str, int] = {}
    made.subgraphs = [_subgraph(made, plan, shared) for plan in subgraphs]
    for name, value in changes.items():
        setattr(made, name, value)
    return made


def _write(made: Any) -> bytes:
    builder = flatbuffers.Builder(1024)
    builder.Finish(made.Pack(builder), b"TFL3")
    return bytes(builder.Output())


write = _write


def _subgraph(made: Any, plan: SubgraphPlan, shared: dict[str, int]) -> Any:
    table = schema.SubGraphT()
    table.name = plan.name
    table.tensors = [_tensor(made, inner, shared) for inner in plan.tensors]
    table.operators = [_operator(made, inner) for inner in plan.operators]
    table.inputs, table.outputs = list(plan.inputs), list(plan.outputs)
    return table


def _tensor(made: Any, plan: TensorPlan, shared: dict[str, int]) -> Any:
    table = schema.TensorT()
    table.shape = list(plan.shape)
    table.shapeSignature = None if plan.signature is None else list(plan.signature)
    table.type = NUMBERS.get(plan.dtype, 99)
    table.name = plan.name
    table.hasRank = plan.has_rank
    table.isVariable = plan.variable
    table.buffer = _buffer(made, plan, shared) if plan.buffer is None else plan.buffer
    table.externalBuffer = plan.external
    table.quantization = _quantization(plan)
    if plan.sparse:
        table.sparsity = schema.SparsityParametersT()
        table.sparsity.traversalOrder = list(range(len(plan.shape)))
        dimension = schema.DimensionMetadataT()
        dimension.format = 1
        dimension.arraySegmentsType = schema.SparseIndexVector.Uint8Vector
        dimension.arraySegments = schema.Uint8VectorT()
        dimension.arraySegments.values = [0, 1]
        table.sparsity.dimMetadata = [dimension]
    return table


def _quantization(plan: TensorPlan) -> Any:
    if not plan.scales and not plan.blockwise:
        return None
    table = schema.QuantizationParametersT()
    table.scale = list(plan.scales)
    table.zeroPoint = [plan.zero_point] * len(plan.scales)
    table.quantizedDimension = plan.axis
    if plan.blockwise:
        table.detailsType = schema.QuantizationDetails.BlockwiseQuantization
        table.details = schema.BlockwiseQuantizationT()
    return table


def _buffer(made: Any, plan: TensorPlan, shared: dict[str, int]) -> int:
    if plan.data is None:
        return 0
    if plan.share in shared:
        return shared[plan.share]
    table = schema.BufferT()
    table.data = np.frombuffer(plan.data, np.uint8)
    made.buffers.append(table)
    number = len(made.buffers) - 1
    if plan.share:
        shared[plan.share] = number
    return number


def _operator(made: Any, plan: OperatorPlan) -> Any:
    table = schema.OperatorT()
    table.opcodeIndex = len(made.operatorCodes)
    table.inputs, table.outputs = list(plan.inputs), list(plan.outputs)
    made.operatorCodes.append(_code(plan))
    options = dict(plan.options)
    if name := options.pop("table", ""):
        body = getattr(schema, name + "T")()
        for key, value in options.items():
            assert hasattr(body, key), f"{name} has no {key}"
            setattr(body, key, value)
        if name in UNIONS[0]:
            table.builtinOptionsType, table.builtinOptions = UNIONS[0][name], body
        else:
            table.builtinOptions2Type, table.builtinOptions2 = UNIONS[1][name], body
    return table


def _code(plan: OperatorPlan) -> Any:
    code = schema.OperatorCodeT()
    code.version = plan.version
    number = plan.kind
    if isinstance(number, str):
        kind, _, custom = number.partition(":")
        number = KINDS["CUSTOM" if kind == "custom" else kind]
        code.customCode = custom or None
    code.builtinCode = number
    code.deprecatedBuiltinCode = min(number, 127)
    return code
