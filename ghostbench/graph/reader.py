"""Read the graph of a `.tflite` file, weights aside, and trust nothing in it."""

import hashlib
from collections.abc import Mapping, Sequence
from pathlib import Path

from ghostbench.core.errors import ModelFileError
from ghostbench.graph import schema
from ghostbench.graph.flatbuffer import Damaged, Source, Table, name_of, open_flatbuffer, pick
from ghostbench.graph.model_file import LARGEST_BYTES, open_model_file
from ghostbench.graph.operator_kinds import CUSTOM, builtin_name
from ghostbench.graph.parts import (
    Buffer,
    Graph,
    Operator,
    OptionValue,
    Signature,
    Subgraph,
)
from ghostbench.graph.tensor_reader import MOST_ELEMENTS, read_tensor

_HASHED_AT_ONCE_BYTES = 2**24

Codes = Sequence[tuple[str, int]]  # kind and version


def read_graph(path: Path, *, largest_bytes: int = LARGEST_BYTES) -> Graph:
    """Read a `.tflite` file. Raises ModelFileError, with the reason, for whatever is wrong with it."""
    with open_model_file(path, largest_bytes=largest_bytes) as source:
        try:
            return _graph(source)
        except Damaged as cause:
            raise ModelFileError(path, f"this file is {cause}") from cause


def _graph(source: Source) -> Graph:
    model = open_flatbuffer(source, schema.LAYOUTS).root("Model")
    buffers = tuple(_buffer(table) for table in model.tables("buffers"))
    codes = [_code(table) for table in model.tables("operator_codes")]
    external = _external_buffers(model)
    subgraphs = tuple(
        _subgraph(index, table, codes, buffers, external)
        for index, table in enumerate(model.tables("subgraphs"))
    )
    metadata = {
        table.text("name"): pick(buffers, table.integer("buffer"), "a metadata entry", "buffer")
        for table in model.tables("metadata")
    }
    return Graph(
        subgraphs=subgraphs,
        buffers=buffers,
        signatures=tuple(_signature(t, subgraphs) for t in model.tables("signature_defs")),
        metadata=metadata,
        description=model.text("description"),
        schema_version=model.integer("version"),
        min_runtime_version=_min_runtime_version(source, metadata),
        size_bytes=len(source),
        sha256=_sha256(source),
    )


def _sha256(source: Source) -> str:
    digest = hashlib.sha256()
    with memoryview(source) as view:
        for start in range(0, len(view), _HASHED_AT_ONCE_BYTES):
            digest.update(view[start : start + _HASHED_AT_ONCE_BYTES])
    return digest.hexdigest()


def _buffer(table: Table) -> Buffer:
    at, size = table.span("data")
    # Files above 2 GB keep their bytes behind the flatbuffer; offsets 0 and 1 mean that they do not.
    if table.integer("offset") > 1:
        at, size = table.integer("offset"), table.integer("size")
        table.file.check(at, size, ("buffer behind the flatbuffer", ""))
    return Buffer(at, size) if size else Buffer()


def _external_buffers(model: Table) -> dict[int, Buffer]:
    groups = [table.text("name") for table in model.tables("external_buffer_groups")]
    return {
        table.integer("id"): Buffer(
            table.integer("offset"),
            min(table.integer("length"), MOST_ELEMENTS),  # nothing here can check it
            pick(groups, table.integer("group"), "an external buffer", "group"),
        )
        for table in model.tables("external_buffers")
    }


def _code(table: Table) -> tuple[str, int]:
    # The first field holds 8 bits; for later operators it says 127 and the number stands in the second.
    number = max(table.integer("deprecated_builtin_code"), table.integer("builtin_code"))
    kind = builtin_name(number)
    if kind == CUSTOM:
        kind = f"custom:{table.text('custom_code') or '?'}"
    return kind, table.integer("version")


def _subgraph(
    index: int,
    table: Table,
    codes: Codes,
    buffers: Sequence[Buffer],
    external: Mapping[int, Buffer],
) -> Subgraph:
    tensors = tuple(
        read_tensor(number, inner, buffers, external)
        for number, inner in enumerate(table.tables("tensors"))
    )
    whose = f"subgraph {index}"
    inputs, outputs = (_indices(table, name, len(tensors), whose) for name in ("inputs", "outputs"))
    # They are told by name: a list of one tensor with a long name, again and again, would tell gigabytes.
    named = sum(len(tensors[number].name) for number in (*inputs, *outputs) if number >= 0)
    table.file.allowance.spend(named)
    return Subgraph(
        index=index,
        name=table.text("name"),
        tensors=tensors,
        operators=tuple(
            _operator(number, inner, codes, len(tensors))
            for number, inner in enumerate(table.tables("operators"))
        ),
        inputs=inputs,
        outputs=outputs,
    )


def _indices(table: Table, name: str, tensors: int, whose: str) -> tuple[int, ...]:
    indices = table.numbers(name)
    for index in indices:
        if not -1 <= index < tensors:
            raise Damaged(f"damaged: {whose} names tensor {index} of {tensors}")
    return indices


def _operator(index: int, table: Table, codes: Codes, tensors: int) -> Operator:
    whose = f"operator {index}"
    kind, version = pick(codes, table.integer("opcode_index"), whose, "operator code")
    for name in ("custom_options", "mutating_variable_inputs"):
        table.span(name)
    _indices(table, "intermediates", tensors, whose)
    if (at := table.integer("large_custom_options_offset")) > 1:
        size = table.integer("large_custom_options_size")
        table.file.check(at, size, ("custom option behind the flatbuffer", ""))
    options: dict[str, OptionValue] = {}
    for name, union in (
        ("builtin_options", schema.BUILTIN_OPTIONS),
        ("builtin_options_2", schema.BUILTIN_OPTIONS_2),
    ):
        layout = union.get(table.integer(f"{name}_type"), "Union")
        if found := table.table(name, layout):
            options |= _options(found)
    return Operator(
        index=index,
        kind=kind,
        version=version,
        inputs=_indices(table, "inputs", tensors, whose),
        outputs=_indices(table, "outputs", tensors, whose),
        options=options,
    )


def _options(table: Table) -> dict[str, OptionValue]:
    options: dict[str, OptionValue] = {}
    for name, entry in schema.LAYOUTS[table.layout].items():
        if entry.kind == "text":
            options[name] = table.text(name)
        elif entry.kind.startswith("["):
            options[name] = table.numbers(name)
        else:
            options[name] = table.number(name)
    if "fused_activation_function" in options:
        number = table.integer("fused_activation_function")
        options["fused_activation_function"] = name_of(number, schema.ACTIVATIONS)
    if "padding" in options:
        options["padding"] = name_of(table.integer("padding"), schema.PADDINGS)
    return options


def _signature(table: Table, subgraphs: Sequence[Subgraph]) -> Signature:
    key, number = table.text("signature_key"), table.integer("subgraph_index")
    whose = f"signature {key[:40]!r}"
    tensors = len(pick(subgraphs, number, whose, "subgraph").tensors)
    named: list[dict[str, int]] = []
    for side in ("inputs", "outputs"):
        pairs = [(t.text("name"), t.integer("tensor_index")) for t in table.tables(side)]
        for _, index in pairs:
            if index >= tensors:
                raise Damaged(f"damaged: {whose} names tensor {index} of {tensors}")
        named.append(dict(pairs))
    return Signature(key=key, subgraph=number, inputs=named[0], outputs=named[1])


def _min_runtime_version(source: Source, metadata: Mapping[str, Buffer]) -> str | None:
    buffer = metadata.get("min_runtime_version")
    if buffer is None or buffer.elsewhere is not None:
        return None
    text = source[buffer.at : buffer.at + min(buffer.size_bytes, 32)]
    return text.split(b"\0")[0].decode("ascii", errors="replace") or None
