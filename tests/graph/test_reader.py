import hashlib
import struct
from pathlib import Path

import pytest
from ai_edge_litert import schema_py_generated as schema

from ghostbench.core.errors import ModelFileError
from ghostbench.graph.parts import Buffer
from ghostbench.graph.reader import read_graph
from ghostbench.graph.schema import BITS, TENSOR_TYPES
from tests.graph.build import (
    constant,
    model,
    model_table,
    numbers,
    one_operator,
    op,
    subgraph,
    tensor,
    write,
)
from tests.graph.reading import graph_of
from tests.graph.seeds import SEEDS

FIXTURES = Path(__file__).parent.parent / "fixtures"


def test_options_are_read_with_the_names_of_their_values() -> None:
    content = one_operator(
        "CONV_2D", tensor(1, 8, 8, 4), constant(8, 3, 3, 4), tensor(1, 4, 4, 8), table="Conv2DOptions",
        padding=1, strideW=2, strideH=3, fusedActivationFunction=3, dilationWFactor=5,
    )  # fmt: skip
    assert graph_of(content).main.operators[0].options == {
        "padding": "VALID",
        "stride_w": 2,
        "stride_h": 3,
        "fused_activation_function": "RELU6",
        "dilation_w_factor": 5,
        "dilation_h_factor": 1,
    }


def test_the_larger_of_the_two_operator_codes_holds() -> None:
    made = model_table(subgraph([tensor(1)], [op("ADD", [0], [0]), op("ADD", [0], [0])]))
    made.operatorCodes[0].deprecatedBuiltinCode, made.operatorCodes[0].builtinCode = 3, 0
    made.operatorCodes[1].deprecatedBuiltinCode, made.operatorCodes[1].builtinCode = 127, 150
    assert [o.kind for o in graph_of(write(made)).main.operators] == ["CONV_2D", "GELU"]


def test_an_operator_newer_than_the_list_is_named_by_its_number() -> None:
    assert graph_of(one_operator(999, tensor(1), tensor(1))).main.operators[0].kind == "BUILTIN_999"


def test_a_custom_operator_cannot_pass_for_a_builtin_one() -> None:
    content = one_operator("custom:CONV_2D", tensor(1), tensor(1))
    assert graph_of(content).main.operators[0].kind == "custom:CONV_2D"


def test_a_custom_operator_may_lack_a_name() -> None:
    content = one_operator("custom:", tensor(1), tensor(1))
    assert graph_of(content).main.operators[0].kind == "custom:?"


@pytest.mark.parametrize("dtype", [name for name, _ in TENSOR_TYPES])
def test_every_tensor_type_is_known(dtype: str) -> None:
    found = graph_of(model(subgraph([tensor(2, 3, dtype=dtype)], []))).main.tensors[0]
    assert found.dtype == dtype
    assert found.expected_bytes == (-(-6 * BITS[dtype] // 8) or None)


def test_a_tensor_type_newer_than_the_list_is_named_by_its_number() -> None:
    found = graph_of(model(subgraph([tensor(2, dtype="float6")], []))).main.tensors[0]
    assert (found.dtype, found.expected_bytes) == ("TYPE_99", None)


def test_half_bytes_are_rounded_up() -> None:
    found = graph_of(model(subgraph([constant(7, dtype="int4")], []))).main.tensors[0]
    assert (found.buffer_bytes, found.expected_bytes, found.stored_elements) == (4, 4, 7)


def test_open_sizes_are_minus_one_and_count_as_one() -> None:
    plans = [
        tensor(1, 8, signature=(-1, 8)),
        tensor(-1, 8),
        tensor(0, 8),
        tensor(4, 8),
        tensor(4, 8, signature=(1, 2, 3)),
    ]
    found = graph_of(model(subgraph(plans, []))).main.tensors
    assert [t.open_shape for t in found] == [(-1, 8), (-1, 8), (-1, 8), (4, 8), (4, 8)]
    assert [t.elements for t in found] == [8, 8, 8, 32, 32]
    assert [t.is_dynamic for t in found] == [True, True, True, False, False]


def test_short_integer_constants_are_kept() -> None:
    plans = [
        numbers(0, 2, -1),
        numbers(5, dtype="int64"),
        numbers(*range(100)),
        constant(2),
        numbers(1, 2, shape=(3,)),  # too few bytes for its shape
    ]
    found = graph_of(model(subgraph(plans, []))).main.tensors
    assert [t.values for t in found] == [(0, 2, -1), (5,), None, None, None]


def test_quantisation_is_told_in_short() -> None:
    plans = [
        constant(4, 2, dtype="int8", scales=(0.1, 0.2, 0.3, 0.4)),
        constant(4, 2, dtype="int8", blockwise=True),
        tensor(4),
    ]
    whole, blocks, none = (
        t.quantization for t in graph_of(model(subgraph(plans, []))).main.tensors
    )
    assert whole
    assert (whole.kind, whole.scales) == ("affine", 4)
    assert blocks
    assert (blocks.kind, blocks.scales) == ("blockwise", 0)
    assert none is None


def test_an_empty_quantisation_table_is_no_quantisation() -> None:
    made = model_table(subgraph([tensor(4)], []))
    made.subgraphs[0].tensors[0].quantization = schema.QuantizationParametersT()
    assert graph_of(write(made)).main.tensors[0].quantization is None


def test_sparse_and_variable_tensors_are_marked() -> None:
    plans = [constant(4, 4, sparse=True, data=b"\0" * 8), tensor(3, variable=True)]
    sparse, variable = graph_of(model(subgraph(plans, []))).main.tensors
    assert (sparse.sparse, sparse.stored_elements, sparse.expected_bytes) == (True, 2, None)
    assert variable.is_variable
    assert not variable.is_constant


def content_behind_the_flatbuffer(size: int) -> bytes:
    """A model as those above 2 GB are: its constant stands behind the flatbuffer."""
    made = model_table(subgraph([tensor(6, buffer=1)], []))
    outside = schema.BufferT()
    outside.offset, outside.size = 2, size
    made.buffers.append(outside)
    length = len(write(made))
    outside.offset = length
    return write(made) + b"\7" * 24


def test_constants_behind_the_flatbuffer_are_found() -> None:
    content = content_behind_the_flatbuffer(24)
    found = graph_of(content).main.tensors[0]
    assert found.buffer == Buffer(len(content) - 24, 24)
    assert found.is_constant


def test_constants_behind_the_flatbuffer_that_are_missing_are_an_error() -> None:
    with pytest.raises(ModelFileError, match="a buffer behind the flatbuffer would end at byte"):
        graph_of(content_behind_the_flatbuffer(25))


def test_constants_in_another_file_are_named_but_not_looked_for() -> None:
    found = graph_of(SEEDS["odd_types"]).main.tensors[-1]
    assert found.buffer == Buffer(16, 12, "weights.bin")


def test_signatures_metadata_and_the_runtime_version_are_read() -> None:
    graph = graph_of(SEEDS["odd_types"])
    assert [(s.key, s.subgraph, s.inputs) for s in graph.signatures] == [("serve", 0, {"image": 0})]
    assert list(graph.metadata) == ["min_runtime_version"]
    assert graph.min_runtime_version == "1.14.0"


def test_size_and_digest_are_those_of_the_file() -> None:
    path = FIXTURES / "tiny_conv.tflite"
    graph = read_graph(path)
    assert graph.size_bytes == path.stat().st_size
    assert graph.sha256 == hashlib.sha256(path.read_bytes()).hexdigest()


def test_large_files_are_mapped_and_read_the_same(tmp_path: Path) -> None:
    path = tmp_path / "model.tflite"
    content = SEEDS["convolutions"]
    path.write_bytes(content + bytes(65 * 2**20))
    mapped, whole = read_graph(path), graph_of(content)
    assert mapped.subgraphs == whole.subgraphs
    assert mapped.sha256 == hashlib.sha256(path.read_bytes()).hexdigest()


def test_a_model_with_nothing_in_it_is_read() -> None:
    graph = graph_of(write(schema.ModelT()))
    assert (graph.subgraphs, graph.buffers, graph.description) == ((), (), "")
    assert graph.main.operators == ()


def test_names_that_are_not_utf8_get_a_mark() -> None:
    content = model(subgraph([tensor(1, name="naïve")], []))
    damaged = content.replace("ï".encode(), b"\xff\xfe")
    assert graph_of(damaged).main.tensors[0].name == "na\ufffd\ufffdve"


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ({"outputs": [7]}, "subgraph 0 names tensor 7 of 1"),
        ({"inputs": [-2]}, "subgraph 0 names tensor -2 of 1"),
    ],
)
def test_a_subgraph_that_names_a_missing_tensor_is_damaged(
    change: dict[str, list[int]], told: str
) -> None:
    made = model_table(subgraph([tensor(1)], []))
    for name, value in change.items():
        setattr(made.subgraphs[0], name, value)
    with pytest.raises(ModelFileError, match=f"this file is damaged: {told}"):
        graph_of(write(made))


def test_an_operator_that_names_a_missing_tensor_or_code_is_damaged() -> None:
    made = model_table(subgraph([tensor(1)], [op("ADD", [0, 5], [0])]))
    with pytest.raises(ModelFileError, match="operator 0 names tensor 5 of 1"):
        graph_of(write(made))
    made.subgraphs[0].operators[0].opcodeIndex = 1
    with pytest.raises(ModelFileError, match="operator 0 names operator code 1 of 1"):
        graph_of(write(made))


def test_a_tensor_that_names_a_missing_buffer_is_damaged() -> None:
    with pytest.raises(ModelFileError, match="tensor 0 names buffer 9 of 1"):
        graph_of(model(subgraph([tensor(1, buffer=9)], [])))


def test_a_tensor_with_impossibly_many_elements_is_damaged() -> None:
    with pytest.raises(ModelFileError, match="tensor 0 would have more than"):
        graph_of(model(subgraph([tensor(2**20, 2**20, 2)], [])))


def test_a_shape_with_too_many_dimensions_is_damaged() -> None:
    with pytest.raises(ModelFileError, match="the shape of a Tensor has 65 entries"):
        graph_of(model(subgraph([tensor(*[1] * 65)], [])))


def test_the_first_offset_is_checked_too() -> None:
    content = struct.pack("<I", 2**32 - 1) + b"TFL3" + bytes(64)
    with pytest.raises(ModelFileError, match="cut short or damaged: a Model would end at byte"):
        graph_of(content)
