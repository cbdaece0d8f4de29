from collections.abc import Sequence
from typing import Any

import pytest

from ghostbench.graph.explanations import EXPLANATIONS, SEVERITIES
from ghostbench.graph.findings import Finding, find_in_graph
from tests.graph.build import (
    OperatorPlan,
    TensorPlan,
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

IMAGE = tensor(1, 8, 8, 4)
KERNEL = constant(4, 3, 3, 4)
VALID = {"padding": 1, "strideW": 1, "strideH": 1}


def found(content: bytes) -> dict[str, Finding]:
    return {finding.kind: finding for finding in find_in_graph(graph_of(content))}


def kinds(content: bytes) -> set[str]:
    return set(found(content))


def network(tensors: Sequence[TensorPlan], *steps: OperatorPlan, **more: Any) -> bytes:
    return model(subgraph(tensors, steps, **more))


def conv(inputs: Sequence[int], output: int, **options: Any) -> OperatorPlan:
    return op(
        "CONV_2D", inputs, [output], "Conv2DOptions", **{"strideW": 1, "strideH": 1, **options}
    )


def test_a_clean_network_has_no_findings() -> None:
    tensors = [IMAGE, KERNEL, constant(4), IMAGE, IMAGE, constant(1), IMAGE]
    steps = [
        conv([0, 1, 2], 3, fusedActivationFunction=1),
        op("ADD", [0, 3], [4], "AddOptions"),
        op("MUL", [4, 5], [6], "MulOptions"),
    ]
    assert find_in_graph(graph_of(network(tensors, *steps))) == ()


def test_findings_of_a_kind_are_told_together_with_bytes_and_macs() -> None:
    tensors = [IMAGE, numbers(0, 3, 1, 2), tensor(1, 4, 8, 8), tensor(1, 4, 8, 8, name="turned")]
    steps = [op("TRANSPOSE", [0, 1], [2]), op("TRANSPOSE", [0, 1], [3])]
    finding = found(network(tensors, *steps, outputs=(2, 3)))["transpose"]
    assert finding.message == (
        "2 x TRANSPOSE: it only changes the layout of data, which a conversion from channels-first leaves behind"
    )
    assert finding.advice.startswith("convert so that the layout stays NHWC")
    assert finding.names == ("TRANSPOSE", "TRANSPOSE turned")
    moved = 2 * (2 * 4 * 256 + 16)  # what is read, what is made, and the order
    assert (finding.operators, finding.bytes, finding.macs) == ((0, 1), moved, 0)


@pytest.mark.parametrize(
    ("shape", "order"),
    [((4, 8), (1, 0)), ((1, 8, 2, 4), (0, 2, 1, 3)), ((1, 8, 8, 2, 4), (0, 1, 2, 4, 3))],
)
def test_a_transpose_that_a_network_asks_for_is_no_finding(
    shape: tuple[int, ...], order: tuple[int, ...]
) -> None:
    turned = tensor(*(shape[axis] for axis in order))
    assert kinds(one_operator("TRANSPOSE", tensor(*shape), numbers(*order), turned)) == set()


@pytest.mark.parametrize(
    ("kind", "parts"),
    [
        ("SLICE", [IMAGE, numbers(0, 0, 0, 0), numbers(1, 8, 8, 4), IMAGE]),
        ("STRIDED_SLICE", [IMAGE, numbers(0) , numbers(0), numbers(1, 1, 1, 1), IMAGE]),
        ("RESHAPE", [IMAGE, numbers(1, 8, 8, 4), IMAGE]),
        ("TRANSPOSE", [IMAGE, numbers(0, 1, 2, 3), IMAGE]),
        ("PAD", [IMAGE, numbers(*[0] * 8, shape=(4, 2)), IMAGE]),
        ("CONCATENATION", [IMAGE, IMAGE]),
        ("CAST", [IMAGE, IMAGE]),
    ],
)  # fmt: skip
def test_what_copies_its_input_unchanged_is_found(kind: str, parts: list[TensorPlan]) -> None:
    assert kinds(one_operator(kind, *parts)) == {"no-op"}


@pytest.mark.parametrize(
    ("kind", "parts"),
    [
        ("STRIDED_SLICE", [IMAGE, numbers(0), numbers(0), numbers(1, -1, 1, 1), IMAGE]),
        ("STRIDED_SLICE", [IMAGE, numbers(0), numbers(0), tensor(4, dtype="int32"), IMAGE]),
        ("SLICE", [IMAGE, numbers(0), numbers(0), tensor(1, 8, 8, 3)]),
        ("RESHAPE", [tensor(-1, 4), numbers(2), tensor(-1, 4)]),
        ("CONCATENATION", [IMAGE, IMAGE, IMAGE]),
    ],
)
def test_what_changes_its_input_is_no_no_op(kind: str, parts: list[TensorPlan]) -> None:
    assert "no-op" not in kinds(one_operator(kind, *parts))


def test_shapes_computed_while_running_and_open_inputs_are_found() -> None:
    parts = [tensor(1, 8, signature=(-1, 8)), tensor(2, dtype="int32")]
    assert kinds(one_operator("SHAPE", *parts)) == {"shape-at-run-time", "dynamic-input"}


def test_flex_custom_and_unknown_operators_are_told_apart() -> None:
    assert kinds(one_operator("custom:FlexErf", IMAGE, IMAGE)) == {"flex"}
    assert kinds(one_operator("custom:Odd", IMAGE, IMAGE)) == {"custom"}
    assert kinds(one_operator(999, IMAGE, IMAGE)) == {"unknown-operator"}
    assert found(one_operator("custom:Odd", IMAGE, IMAGE))["custom"].message.startswith("1 x Odd: ")


def test_control_flow_is_found() -> None:
    told = find_in_graph(graph_of(SEEDS["control_flow"]))
    assert [f.operators for f in told if f.kind == "control-flow"] == [(0,), (1,), (5,)]


def test_a_batch_normalisation_that_was_not_folded_is_one_finding() -> None:
    tensors = [IMAGE, KERNEL, IMAGE, constant(4), IMAGE, constant(4), IMAGE]
    steps = [
        conv([0, 1], 2),
        op("MUL", [2, 3], [4], "MulOptions"),
        op("ADD", [4, 5], [6], "AddOptions"),
    ]
    finding = found(network(tensors, *steps))["unfused-batch-norm"]
    assert finding.operators == (1, 2)
    assert finding.message.startswith("1 x MUL and ADD: ")


@pytest.mark.parametrize(
    ("change", "why"),
    [
        ({"fusedActivationFunction": 1}, "an activation stands between"),
        ({"second": constant(1)}, "a single number is no batch normalisation"),
        ({"second": IMAGE}, "it is no constant"),
        ({"outputs": (2, 4)}, "the convolution's result is needed as it is"),
    ],
)
def test_not_every_product_behind_a_convolution_is_a_batch_normalisation(
    change: dict[str, Any], why: str
) -> None:
    second = change.pop("second", constant(4))
    outputs = change.pop("outputs", (4,))
    steps = [conv([0, 1], 2, **change), op("MUL", [2, 3], [4], "MulOptions")]
    content = network([IMAGE, KERNEL, IMAGE, second, IMAGE], *steps, outputs=outputs)
    assert kinds(content) == set(), why


def test_an_activation_that_could_be_fused_is_found() -> None:
    steps = [conv([0, 1], 2), op("RELU6", [2], [3])]
    assert found(network([IMAGE, KERNEL, IMAGE, IMAGE], *steps))[
        "unfused-activation"
    ].operators == (1,)


def test_an_activation_behind_something_with_two_readers_cannot_be_fused() -> None:
    steps = [conv([0, 1], 2), op("RELU", [2], [3]), op("ADD", [2, 3], [4], "AddOptions")]
    assert kinds(network([IMAGE, KERNEL, IMAGE, IMAGE, IMAGE], *steps)) == set()


def padded(size: int, sides: tuple[int, int], kernel: int, stride: int, **more: Any) -> bytes:
    whole = size + sum(sides)
    made = (whole - kernel) // stride + 1
    tensors = [
        tensor(1, size, size, 4),
        numbers(0, 0, *sides, *sides, 0, 0, shape=(4, 2)),
        tensor(1, whole, whole, 4),
        constant(4, kernel, kernel, 4),
        tensor(1, made, made, 4),
    ]
    options = {"padding": 1, "strideW": stride, "strideH": stride, **more}
    return network(tensors, op("PAD", [0, 1], [2]), conv([2, 3], 4, **options))


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        (padded(8, (1, 1), 3, 1), {"foldable-pad"}),
        (padded(8, (0, 1), 3, 2), {"foldable-pad"}),
        (padded(8, (1, 1), 3, 2), set()),  # symmetric, as PyTorch pads; SAME would pad behind only
        (padded(7, (1, 1), 3, 2), {"foldable-pad"}),
        (padded(8, (2, 2), 5, 1), {"foldable-pad"}),
        (padded(8, (1, 1), 5, 1), set()),
        (padded(8, (1, 1), 3, 1, padding=0), set()),
        (padded(8, (1, 1), 3, 0 + 1, strideW=0), set()),
    ],
)
def test_a_pad_is_found_when_same_padding_would_do_the_same(
    content: bytes, expected: set[str]
) -> None:
    assert kinds(content) == expected


def test_a_dilated_kernel_reaches_further() -> None:
    content = padded(8, (2, 2), 3, 1, dilationWFactor=2, dilationHFactor=2)
    assert kinds(content) == {"foldable-pad"}


def test_grouped_convolutions_are_found_where_they_should_be_depthwise() -> None:
    content = network([IMAGE, constant(4, 3, 3, 1), IMAGE], conv([0, 1], 2))
    assert found(content)["grouped-conv"].macs == 8 * 8 * 4 * 3 * 3
    by_design = network([IMAGE, constant(4, 3, 3, 2), IMAGE], conv([0, 1], 2))
    assert kinds(by_design) == set()


def quantised(*shape: int) -> TensorPlan:
    return tensor(*shape, dtype="int8", scales=(0.5,))


def test_integers_that_become_floating_and_integers_again_are_found() -> None:
    tensors = [quantised(1, 4), tensor(1, 4), quantised(1, 4)]
    steps = [op("DEQUANTIZE", [0], [1]), op("QUANTIZE", [1], [2])]
    assert kinds(network(tensors, *steps)) == {"round-trip"}


def test_floating_work_in_the_middle_of_an_integer_model_is_found() -> None:
    weights = constant(4, 4, dtype="int8", scales=(0.5,))
    tensors = [
        quantised(1, 4),
        weights,
        quantised(1, 4),
        tensor(1, 4),
        tensor(1, 4),
        quantised(1, 4),
    ]
    steps = [
        op("FULLY_CONNECTED", [0, 1], [2]),
        op("DEQUANTIZE", [2], [3]),
        op("EXP", [3], [4]),
        op("QUANTIZE", [4], [5]),
    ]
    assert kinds(network(tensors, *steps)) == {"float-island"}
    assert kinds(network(tensors, *steps[:2], outputs=(3,))) == set()  # the last step of the model


def test_expanding_weights_is_found_for_integers_but_usual_for_half_precision() -> None:
    def expanded(dtype: str) -> bytes:
        tensors = [IMAGE, constant(4, 3, 3, 4, dtype=dtype), KERNEL, IMAGE]
        plain = TensorPlan(shape=KERNEL.shape)
        tensors[2] = plain
        return network(tensors, op("DEQUANTIZE", [1], [2]), conv([0, 2], 3))

    assert kinds(expanded("int8")) == {"stored-small-used-large"}
    assert kinds(expanded("float16")) == set()


def test_a_constant_with_the_wrong_number_of_bytes_is_found() -> None:
    content = one_operator("ADD", IMAGE, constant(4, data=b"\0" * 12), IMAGE)
    assert found(content)["constant-size"].operators == (0,)


def test_bytes_that_no_tensor_uses_are_found() -> None:
    made = model_table(subgraph([IMAGE, constant(100), IMAGE], [op("ADD", [0, 1], [2])]))
    made.subgraphs[0].tensors[1].buffer = 0
    assert found(write(made))["unused-bytes"].bytes == 400


def test_a_schema_version_that_the_runtime_refuses_is_found() -> None:
    made = model_table(subgraph([IMAGE, IMAGE], [op("RELU", [0], [1])]))
    made.version = 2
    assert kinds(write(made)) == {"schema-version"}


def test_a_model_without_operators_is_found() -> None:
    assert kinds(model()) == {"empty"}


def test_a_subgraph_that_is_run_is_looked_through_and_named() -> None:
    inner = subgraph([IMAGE, IMAGE], [op("custom:Odd", [0], [1])])
    call = op("CALL", [0], [1], "CallOptions", subgraph=1)
    assert found(model(subgraph([IMAGE, IMAGE], [call]), inner))["custom"].subgraph == 1


def test_every_explanation_is_a_phrase_that_goes_on() -> None:
    for kind, told in EXPLANATIONS.items():
        assert told.severity in SEVERITIES, kind
        for text in (told.why, told.advice):
            assert text[-1].isalnum() or text.endswith(")"), kind
