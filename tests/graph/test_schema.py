"""The schema written out in `graph` against the runtime's own generated classes."""

import inspect
import re

from ai_edge_litert import schema_py_generated as generated

from ghostbench.graph import schema
from ghostbench.graph.macs import COUNTED
from ghostbench.graph.operator_kinds import BUILTIN_NAMES, FREE, UNCOUNTABLE

# The struct code that stands for each of the generated code's types.
CODES = {
    "Bool": "?", "Int8": "b", "Uint8": "B", "Int16": "h", "Uint16": "H", "Int32": "i", "Uint32": "I",
    "Int64": "q", "Uint64": "Q", "Float32": "f",
}  # fmt: skip
SOURCE = inspect.getsource(generated)


def numbered(enumeration: type) -> dict[int, str]:
    # Python 3.13 puts the line number of the class among its attributes.
    members = {name: n for name, n in vars(enumeration).items() if not name.startswith("__")}
    return {n: name for name, n in members.items() if isinstance(n, int)}


def generated_fields(table: str) -> dict[str, tuple[int, str, str]]:
    """Field name to slot, type and default, read off the functions that write them."""
    found = re.findall(
        rf"^def {table}Add(\w+)\(builder, \w+\):\n\s+builder\.Prepend(\w+)Slot\((\d+), .*, (\S+)\)",
        SOURCE,
        re.MULTILINE,
    )
    return {plain(name): (int(slot), kind, default) for name, kind, slot, default in found}


def plain(name: str) -> str:
    return name.replace("_", "").lower()


def test_every_field_that_is_read_stands_where_the_runtime_writes_it() -> None:
    for table, fields in schema.LAYOUTS.items():
        truth = generated_fields(table) if table != "Union" else {}
        for name, field in fields.items():
            slot, kind, default = truth[plain(name)]
            assert field.slot == slot, f"{table}.{name}"
            if kind == "UOffsetTRelative":
                assert field.kind in ("text", "table") or field.kind.startswith("["), (
                    f"{table}.{name}"
                )
            else:
                assert field.kind == CODES[kind], f"{table}.{name}"
                assert field.default == float(default), f"{table}.{name}"


def test_every_list_has_items_of_the_width_that_the_runtime_writes() -> None:
    for table, fields in schema.LAYOUTS.items():
        for name, field in fields.items():
            if not field.kind.startswith("["):
                continue
            widths = [
                int(width)
                for found, width in re.findall(
                    rf"^def {table}Start(\w+)Vector\(builder, numElems\):\n\s+return builder\.StartVector\((\d+)",
                    SOURCE,
                    re.MULTILINE,
                )
                if plain(found) == plain(name)
            ]
            width = {"?": 1, "B": 1, "H": 2, "i": 4, "f": 4, "q": 8, "t": 4}[field.kind[1]]
            assert widths == [width], f"{table}.{name}"


def test_every_table_that_a_list_or_field_names_is_known() -> None:
    named = {
        field.of for fields in schema.LAYOUTS.values() for field in fields.values() if field.of
    }
    assert named <= set(schema.LAYOUTS)


def test_the_unions_name_the_tables_that_the_runtime_writes() -> None:
    for ours, truth in (
        (schema.BUILTIN_OPTIONS, generated.BuiltinOptions),
        (schema.BUILTIN_OPTIONS_2, generated.BuiltinOptions2),
        (schema.QUANTIZATION_DETAILS, generated.QuantizationDetails),
        (schema.SPARSE_INDEX_VECTORS, generated.SparseIndexVector),
    ):
        assert ours.items() <= numbered(truth).items()
        assert set(ours.values()) <= set(schema.LAYOUTS)


def test_no_options_with_an_activation_or_a_subgraph_are_overlooked() -> None:
    read = {*schema.BUILTIN_OPTIONS.values(), *schema.BUILTIN_OPTIONS_2.values()}
    for table in re.findall(r"^class (\w+Options)\(object\)", SOURCE, re.MULTILINE):
        if any(re.search("activation|subgraph", name) for name in generated_fields(table)):
            assert table in read


def test_the_names_of_operators_types_and_enumerations_are_the_runtimes() -> None:
    assert dict(enumerate(BUILTIN_NAMES)) == numbered(generated.BuiltinOperator)
    assert dict(enumerate(schema.ACTIVATIONS)) == numbered(generated.ActivationFunctionType)
    assert dict(enumerate(schema.PADDINGS)) == numbered(generated.Padding)
    types = {n: name.upper() for n, (name, _) in enumerate(schema.TENSOR_TYPES)}
    assert types == numbered(generated.TensorType)


def test_every_builtin_operator_is_counted_or_free_or_said_to_be_uncountable() -> None:
    groups = [COUNTED, FREE, frozenset(UNCOUNTABLE)]
    for name in BUILTIN_NAMES:
        assert sum(name in group for group in groups) == 1, name
    assert frozenset().union(*groups) == set(BUILTIN_NAMES)
