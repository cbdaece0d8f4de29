from pathlib import Path

import pytest

from ghostbench.core.strict import to_json
from ghostbench.graph.facts import FileFacts, facts_of, read_facts
from tests.graph.build import (
    TensorPlan,
    constant,
    model,
    numbers,
    one_operator,
    op,
    subgraph,
    tensor,
)
from tests.graph.reading import graph_of
from tests.graph.seeds import SEEDS

FIXTURES = Path(__file__).parent.parent / "fixtures"


def facts(content: bytes) -> FileFacts:
    return facts_of(graph_of(content))


def test_the_facts_of_a_small_network_are_right() -> None:
    found = read_facts(FIXTURES / "tiny_conv.tflite")
    assert found.macs == 4 * 4 * 8 * 3 * 3 * 3 + 8 * 10
    assert found.params == 8 * 3 * 3 * 3 + 8 + 8 * 10
    assert found.operators == {"CONV_2D": 1, "MEAN": 1, "FULLY_CONNECTED": 1, "SOFTMAX": 1}
    assert found.macs_by_operator == {"CONV_2D": 3456, "FULLY_CONNECTED": 80}
    assert [(t.dtype, t.shape) for t in found.inputs] == [("float32", (1, 8, 8, 3))]
    assert [(t.dtype, t.shape) for t in found.outputs] == [("float32", (1, 10))]
    assert (found.precision, found.dynamic, found.uncounted) == ("fp32", False, {})
    assert found.signatures == ("serving_default",)


def test_quantising_changes_neither_parameters_nor_macs() -> None:
    plain, small = (read_facts(FIXTURES / f"tiny_{name}.tflite") for name in ("conv", "int8"))
    assert (plain.params, plain.macs) == (small.params, small.macs)
    assert small.precision == "int8"


def test_an_open_batch_is_told_and_counts_as_one() -> None:
    plain, open_batch = (
        read_facts(FIXTURES / f"tiny_{name}.tflite") for name in ("conv", "dynamic")
    )
    assert open_batch.inputs[0].shape == (-1, 8, 8, 3)
    assert (open_batch.dynamic, open_batch.macs) == (True, plain.macs)


def test_a_file_without_outputs_is_read() -> None:
    assert read_facts(FIXTURES / "tiny_no_outputs.tflite").outputs == ()


def params(*tensors: TensorPlan, kind: str = "ADD") -> int:
    return facts(one_operator(kind, *tensors)).params


def test_shapes_axes_and_indices_are_no_parameters() -> None:
    assert params(tensor(1, 4), numbers(4, 1), tensor(4, 1), kind="RESHAPE") == 0
    assert params(tensor(1, 4), numbers(*range(9)), tensor(1, 9), kind="GATHER") == 0


def test_a_single_number_is_no_parameter() -> None:
    assert params(tensor(1, 4), constant(1), tensor(1, 4), kind="MUL") == 0
    assert params(tensor(1, 4), constant(), tensor(1, 4), kind="MUL") == 0


def test_a_bias_of_one_channel_is_a_parameter() -> None:
    parts = tensor(1, 4), constant(1, 4), constant(1), tensor(1, 1)
    assert params(*parts, kind="FULLY_CONNECTED") == 5


def test_scales_per_channel_and_embeddings_are_parameters() -> None:
    assert params(tensor(1, 4), constant(4), tensor(1, 4), kind="MUL") == 4
    assert params(constant(100, 8), tensor(1, dtype="int32"), tensor(1, 8), kind="GATHER") == 800


def test_quantised_weights_and_their_biases_are_parameters() -> None:
    weights = constant(3, 7, dtype="int4", scales=(0.5,) * 3)
    parts = (
        tensor(1, 7, dtype="int8"),
        weights,
        constant(3, dtype="int32"),
        tensor(1, 3, dtype="int8"),
    )
    assert params(*parts, kind="FULLY_CONNECTED") == 24


def test_weights_that_are_expanded_before_use_are_parameters_once() -> None:
    found = facts(expanded("float16"))
    assert found.params == 12
    assert found.stored_bytes_by_dtype == {"float16": 24}


def expanded(dtype: str) -> bytes:
    scales = () if dtype.startswith("float") else (0.5,)
    tensors = [tensor(1, 4), constant(3, 4, dtype=dtype, scales=scales), tensor(3, 4), tensor(1, 3)]
    return model(
        subgraph(tensors, [op("DEQUANTIZE", [1], [2]), op("FULLY_CONNECTED", [0, 2], [3])])
    )


def test_shared_constants_count_once() -> None:
    tensors = [tensor(1, 4), constant(4, 4, share="w"), constant(4, 4, share="w"), tensor(1, 4)]
    steps = [op("FULLY_CONNECTED", [0, number], [3]) for number in (1, 2, 1)]
    found = facts(model(subgraph(tensors, steps)))
    assert (found.params, found.stored_bytes_by_dtype) == (16, {"float32": 64})
    assert found.macs == 3 * 16


def test_of_a_sparse_constant_only_what_is_stored_counts() -> None:
    weights = constant(8, 8, sparse=True, data=b"\0" * 4 * 10)
    parts = tensor(1, 8), weights, tensor(1, 8)
    found = facts(one_operator("FULLY_CONNECTED", *parts))
    assert (found.params, found.macs) == (10, 64)


def test_a_constant_never_counts_more_than_its_bytes_can_hold() -> None:
    weights = constant(1000, 1000, data=b"\0" * 40)
    assert params(tensor(1, 1000), weights, tensor(1, 1000), kind="FULLY_CONNECTED") == 10


def test_constants_of_subgraphs_that_nothing_runs_are_no_parameters() -> None:
    idle = subgraph(
        [tensor(1, 4), constant(4, 4), tensor(1, 4)], [op("FULLY_CONNECTED", [0, 1], [2])]
    )
    found = facts(model(subgraph([tensor(1, 4)], [op("RELU", [0], [0])]), idle))
    assert (found.params, found.macs, found.subgraphs) == (0, 0, 2)
    assert found.operators == {"RELU": 1}
    assert found.stored_bytes_by_dtype == {"float32": 64}


def layer(kept: str, used: str) -> bytes:
    scales = () if kept.startswith(("float", "bfloat")) else (0.5,)
    weights = constant(3, 4, dtype=kept, scales=scales)
    parts = tensor(1, 4, dtype=used), weights, tensor(1, 3, dtype=used)
    return one_operator("FULLY_CONNECTED", *parts)


@pytest.mark.parametrize(
    ("content", "told"),
    [
        (layer("float32", "float32"), "fp32"),
        (layer("float16", "float32"), "fp16"),
        (layer("bfloat16", "bfloat16"), "fp16"),
        (expanded("float16"), "fp16"),
        (layer("int8", "float32"), "dynamic"),
        (layer("int4", "float32"), "dynamic"),
        (expanded("int8"), "dynamic"),
        (layer("int8", "int8"), "int8"),
        (layer("int8", "int16"), "int8"),
        (one_operator("RELU", tensor(1, 4), tensor(1, 4)), None),
    ],
)
def test_the_precision_follows_from_how_weights_are_kept_and_used(
    content: bytes, told: str | None
) -> None:
    assert facts(content).precision == told


def test_a_model_of_two_precisions_is_mixed_unless_one_has_more_than_half_of_the_weights() -> None:
    def both(large: int) -> bytes:
        tensors = [
            tensor(1, 4),
            constant(large, 4, dtype="int8", scales=(0.5,)),
            tensor(1, large),
            constant(4, 4),
            tensor(1, 4),
        ]
        steps = [op("FULLY_CONNECTED", [0, 1], [2]), op("FULLY_CONNECTED", [0, 3], [4])]
        return model(subgraph(tensors, steps))

    assert facts(both(4)).precision == "mixed"
    assert facts(both(5)).precision == "dynamic"


def test_facts_of_odd_files_can_be_told_as_json() -> None:
    for content in SEEDS.values():
        assert to_json(facts(content)).startswith(b'{"params":')


def test_what_cannot_be_counted_comes_with_its_reason() -> None:
    found = facts(SEEDS["control_flow"])
    assert found.uncounted == {"BUILTIN_250": 1, "WHILE": 1, "custom:FlexErf": 1}
    assert set(found.uncounted_reasons) == set(found.uncounted)
    assert found.macs == 4 * 12  # IF, CALL, the composite and the case run the same product
