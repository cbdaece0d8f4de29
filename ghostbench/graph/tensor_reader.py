"""Read one tensor's table: its type and shape, where its content stands, how it is quantised."""

import struct
from collections.abc import Mapping, Sequence
from dataclasses import replace

from ghostbench.graph import schema
from ghostbench.graph.flatbuffer import Damaged, Source, Table, name_of, pick
from ghostbench.graph.parts import Buffer, Quantization, Tensor

MOST_DIMENSIONS = 64  # numpy's limit; the runtime's kernels stop at 8 or less
MOST_ELEMENTS = 2**40  # in one tensor: a terabyte of int8
# An axis, a permutation or the paddings of a few dimensions are kept; anything longer is no such thing.
_KEPT_VALUES = 64
_INTEGERS = {"int32": "i", "int64": "q"}
_DTYPES = tuple(name for name, _ in schema.TENSOR_TYPES)


def read_tensor(
    index: int, table: Table, buffers: Sequence[Buffer], external: Mapping[int, Buffer]
) -> Tensor:
    """Read the table of a tensor; `external` holds the buffers of files beside this one, by their number."""
    whose = f"tensor {index}"
    tensor = Tensor(
        index=index,
        name=table.text("name"),
        dtype=name_of(table.integer("type"), _DTYPES),
        shape=table.numbers("shape", MOST_DIMENSIONS),
        shape_signature=table.numbers("shape_signature", MOST_DIMENSIONS),
        has_rank=bool(table.number("has_rank")),
        buffer=_content(table, whose, buffers, external),
        is_variable=bool(table.number("is_variable")),
        sparse=_is_sparse(table),
        quantization=_quantization(table),
    )
    if tensor.elements > MOST_ELEMENTS:
        raise Damaged(f"damaged: {whose} would have more than {MOST_ELEMENTS:,} elements")
    return _with_values(tensor, table.file.source)


def _content(
    table: Table, whose: str, buffers: Sequence[Buffer], external: Mapping[int, Buffer]
) -> Buffer:
    if identity := table.integer("external_buffer"):
        if identity not in external:
            raise Damaged(f"damaged: {whose} names external buffer {identity}, which is not listed")
        return external[identity]
    number = table.integer("buffer")
    return pick(buffers, number, whose, "buffer") if number else Buffer()


def _is_sparse(table: Table) -> bool:
    sparsity = table.table("sparsity")
    if sparsity is None:
        return False
    sparsity.span("traversal_order"), sparsity.span("block_map")
    for dimension in sparsity.tables("dim_metadata"):
        for name in ("array_segments", "array_indices"):
            kind = schema.SPARSE_INDEX_VECTORS.get(dimension.integer(f"{name}_type"))
            vector = dimension.table(name, kind) if kind else None
            if vector:
                vector.span("values")
    return True


def _quantization(table: Table) -> Quantization | None:
    found = table.table("quantization")
    if found is None:
        return None
    at, scales = found.span("scale")
    for name in ("min", "max", "zero_point"):
        found.span(name)
    details = schema.QUANTIZATION_DETAILS.get(found.integer("details_type"))
    if details and found.table("details", details):
        return Quantization(kind=details.removesuffix("Quantization").lower(), scales=0)
    if not scales:
        return None  # converters write an empty table for tensors that are not quantised
    axis = found.integer("quantized_dimension")
    return Quantization(kind="affine", scales=scales, scales_at=at, axis=axis)


def _with_values(tensor: Tensor, source: Source) -> Tensor:
    code = _INTEGERS.get(tensor.dtype)
    if (
        code is None
        or not tensor.is_constant
        or tensor.buffer.elsewhere is not None
        or tensor.elements > _KEPT_VALUES
        or tensor.buffer_bytes != tensor.expected_bytes
    ):
        return tensor
    values = struct.unpack_from(f"<{tensor.elements}{code}", source, tensor.buffer.at)
    return replace(tensor, values=values)
