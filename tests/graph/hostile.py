"""Files that are made to use up time or memory: valid offsets, but everything points to the same few places."""

from collections.abc import Sequence

import flatbuffers
from ai_edge_litert import schema_py_generated as schema


def _vector(builder: flatbuffers.Builder, offsets: Sequence[int]) -> int:
    builder.StartVector(4, len(offsets), 4)
    for offset in reversed(offsets):
        builder.PrependUOffsetTRelative(offset)
    return int(builder.EndVector())


def _numbers(builder: flatbuffers.Builder, values: Sequence[int]) -> int:
    builder.StartVector(4, len(values), 4)
    for value in reversed(values):
        builder.PrependInt32(value)
    return int(builder.EndVector())


def _finish(builder: flatbuffers.Builder, **fields: int) -> bytes:
    schema.ModelStart(builder)
    schema.ModelAddVersion(builder, 3)
    for name, offset in fields.items():
        getattr(schema, f"ModelAdd{name}")(builder, offset)
    builder.Finish(schema.ModelEnd(builder), b"TFL3")
    return bytes(builder.Output())


def _codes(builder: flatbuffers.Builder, kind: int) -> int:
    schema.OperatorCodeStart(builder)
    schema.OperatorCodeAddBuiltinCode(builder, kind)
    return _vector(builder, [schema.OperatorCodeEnd(builder)])


def _subgraph(builder: flatbuffers.Builder, **fields: int) -> int:
    schema.SubGraphStart(builder)
    for name, offset in fields.items():
        getattr(schema, f"SubGraphAdd{name}")(builder, offset)
    return int(schema.SubGraphEnd(builder))


def one_tensor_many_times(times: int, dimensions: int) -> bytes:
    """A list of tensors that are all the same one, with a long shape."""
    builder = flatbuffers.Builder(1024)
    shape = _numbers(builder, [1] * dimensions)
    schema.TensorStart(builder)
    schema.TensorAddShape(builder, shape)
    tensor = schema.TensorEnd(builder)
    tensors = _vector(builder, [tensor] * times)
    return _finish(builder, Subgraphs=_vector(builder, [_subgraph(builder, Tensors=tensors)]))


def one_operator_many_times(times: int, inputs: int, kind: int = 0) -> bytes:
    """A list of operators that are all the same one, with many inputs and the same output."""
    builder = flatbuffers.Builder(1024)
    read, made = _numbers(builder, [0] * inputs), _numbers(builder, [0])
    schema.OperatorStart(builder)
    schema.OperatorAddInputs(builder, read)
    schema.OperatorAddOutputs(builder, made)
    operators = _vector(builder, [schema.OperatorEnd(builder)] * times)
    schema.TensorStart(builder)
    tensors = _vector(builder, [schema.TensorEnd(builder)])
    codes = _codes(builder, kind)
    subgraph = _subgraph(builder, Tensors=tensors, Operators=operators)
    return _finish(builder, OperatorCodes=codes, Subgraphs=_vector(builder, [subgraph]))


def one_subgraph_many_times(times: int, operators: int) -> bytes:
    """A list of subgraphs that are all the same one, with many operators."""
    builder = flatbuffers.Builder(1024)
    schema.OperatorStart(builder)
    steps = _vector(builder, [schema.OperatorEnd(builder)] * operators)
    codes = _codes(builder, 0)
    subgraph = _subgraph(builder, Operators=steps)
    return _finish(builder, OperatorCodes=codes, Subgraphs=_vector(builder, [subgraph] * times))


def one_constant_many_times(times: int, size_bytes: int) -> bytes:
    """Many tensors, each with a buffer of its own that is the same large stretch of the file."""
    builder = flatbuffers.Builder(size_bytes + 1024)
    data = builder.CreateByteVector(b"\1" * size_bytes)
    buffers, tensors = [], []
    for number in range(times):
        schema.BufferStart(builder)
        # Offsets one byte apart: no two buffers are the same place, and all overlap.
        schema.BufferAddOffset(builder, 64 + number)
        schema.BufferAddSize(builder, size_bytes)
        buffers.append(schema.BufferEnd(builder))
        shape = _numbers(builder, [size_bytes // 4])
        schema.TensorStart(builder)
        schema.TensorAddShape(builder, shape)
        schema.TensorAddBuffer(builder, number + 1)
        tensors.append(schema.TensorEnd(builder))
    schema.BufferStart(builder)
    schema.BufferAddData(builder, data)
    buffers.insert(0, schema.BufferEnd(builder))
    subgraph = _subgraph(builder, Tensors=_vector(builder, tensors))
    listed = _vector(builder, buffers)
    return _finish(builder, Buffers=listed, Subgraphs=_vector(builder, [subgraph]))


def doubling(depth: int, width: int = 2) -> bytes:
    """Subgraphs each of which runs the next one `width` times: few bytes, width ** depth multiply-adds."""
    builder = flatbuffers.Builder(1024)
    subgraphs = [_subgraph(builder)]
    code = 206  # STABLEHLO_COMPOSITE
    for number in range(depth - 1, -1, -1):
        schema.StableHLOCompositeOptionsStart(builder)
        schema.StableHLOCompositeOptionsAddDecompositionSubgraphIndex(builder, number + 1)
        options = schema.StableHLOCompositeOptionsEnd(builder)
        schema.OperatorStart(builder)
        schema.OperatorAddBuiltinOptions2Type(
            builder, schema.BuiltinOptions2.StableHLOCompositeOptions
        )
        schema.OperatorAddBuiltinOptions2(builder, options)
        steps = _vector(builder, [schema.OperatorEnd(builder)] * width)
        subgraphs.insert(0, _subgraph(builder, Operators=steps))
    codes = _codes(builder, code)
    return _finish(builder, OperatorCodes=codes, Subgraphs=_vector(builder, subgraphs))


def one_long_name_many_times(times: int, length: int) -> bytes:
    """A subgraph whose inputs are one tensor with a long name, again and again."""
    builder = flatbuffers.Builder(1024)
    name = builder.CreateString("n" * length)
    schema.TensorStart(builder)
    schema.TensorAddName(builder, name)
    tensors = _vector(builder, [schema.TensorEnd(builder)])
    inputs = _numbers(builder, [0] * times)
    subgraph = _subgraph(builder, Tensors=tensors, Inputs=inputs)
    return _finish(builder, Subgraphs=_vector(builder, [subgraph]))
