from typing import Any

import pytest

from ghostbench.graph.macs import MOST_MACS, MacCount, count_macs
from tests.graph.build import SubgraphPlan, constant, model, one_operator, op, subgraph, tensor
from tests.graph.hostile import doubling
from tests.graph.reading import graph_of
from tests.graph.seeds import SEEDS


def counted(content: bytes) -> MacCount:
    return count_macs(graph_of(content))


def total(content: bytes) -> int:
    count = counted(content)
    assert count.is_complete, count.reasons
    return count.total


def reason(content: bytes) -> str:
    count = counted(content)
    (kind,) = count.uncounted
    assert count.uncounted == {kind: 1}
    assert count.total == 0
    return count.reasons[kind]


def test_a_convolution_multiplies_each_output_with_a_kernel() -> None:
    parts = tensor(1, 9, 9, 4), constant(8, 3, 5, 4), constant(8), tensor(1, 5, 5, 8)
    assert total(one_operator("CONV_2D", *parts)) == 5 * 5 * 8 * 3 * 5 * 4


def test_a_grouped_convolution_multiplies_with_the_channels_of_its_group_only() -> None:
    parts = tensor(1, 8, 8, 12), constant(6, 3, 3, 4), tensor(1, 8, 8, 6)
    assert total(one_operator("CONV_2D", *parts)) == 8 * 8 * 6 * 3 * 3 * 4


def test_channels_that_do_not_fall_into_groups_are_not_counted() -> None:
    parts = tensor(1, 8, 8, 12), constant(6, 3, 3, 5), tensor(1, 8, 8, 6)
    assert reason(one_operator("CONV_2D", *parts)) == "the kernel takes 5 channels of 12"


def test_output_channels_must_be_the_kernels() -> None:
    parts = tensor(1, 8, 8, 12), constant(6, 3, 3, 12), tensor(1, 8, 8, 7)
    assert reason(one_operator("CONV_2D", *parts)) == "output channels disagree: 7 and 6"


def test_a_depthwise_convolution_counts_its_multiplier_through_its_outputs() -> None:
    parts = tensor(1, 8, 8, 4), constant(1, 3, 3, 8), constant(8), tensor(1, 4, 4, 8)
    content = one_operator(
        "DEPTHWISE_CONV_2D", *parts, table="DepthwiseConv2DOptions", depthMultiplier=2
    )
    assert total(content) == 4 * 4 * 8 * 3 * 3


def test_a_transposed_convolution_spreads_each_input_over_a_kernel() -> None:
    parts = (
        constant(4, dtype="int32"),
        constant(8, 3, 3, 4),
        tensor(1, 5, 5, 4),
        tensor(1, 10, 10, 8),
    )
    assert total(one_operator("TRANSPOSE_CONV", *parts)) == 5 * 5 * 4 * 3 * 3 * 8


def test_convolutions_in_space_are_counted() -> None:
    parts = tensor(1, 4, 5, 6, 3), constant(2, 3, 3, 3, 7), tensor(1, 3, 3, 4, 7)
    assert total(one_operator("CONV_3D", *parts)) == 3 * 3 * 4 * 7 * 2 * 3 * 3 * 3
    back = (
        constant(5, dtype="int32"),
        constant(2, 3, 3, 7, 3),
        tensor(1, 4, 5, 6, 3),
        tensor(1, 8, 10, 12, 7),
    )
    assert total(one_operator("CONV_3D_TRANSPOSE", *back)) == 4 * 5 * 6 * 3 * 2 * 3 * 3 * 7


@pytest.mark.parametrize(
    ("given", "made"),
    [((1, 40), (1, 7)), ((2, 3, 40), (2, 3, 7)), ((2, 4, 5, 2), (2, 7)), ((40,), (7,))],
)
def test_a_matrix_product_counts_every_row_of_its_input(
    given: tuple[int, ...], made: tuple[int, ...]
) -> None:
    parts = tensor(*given), constant(7, 40), constant(7), tensor(*made)
    rows = tensor_rows(given)
    assert total(one_operator("FULLY_CONNECTED", *parts)) == rows * 40 * 7


def tensor_rows(shape: tuple[int, ...]) -> int:
    product = 1
    for size in shape:
        product *= size
    return product // 40


def test_inputs_that_do_not_fill_rows_are_not_counted() -> None:
    parts = tensor(1, 41), constant(7, 40), tensor(1, 7)
    assert reason(one_operator("FULLY_CONNECTED", *parts)) == "41 inputs do not fill rows of 40"


@pytest.mark.parametrize(
    ("left", "right", "flags", "macs"),
    [
        ((2, 3, 4), (2, 4, 5), (False, False), 2 * 3 * 4 * 5),
        ((2, 4, 3), (2, 4, 5), (True, False), 2 * 3 * 4 * 5),
        ((2, 3, 4), (2, 5, 4), (False, True), 2 * 3 * 4 * 5),
        ((2, 4, 3), (2, 5, 4), (True, True), 2 * 3 * 4 * 5),
        ((6, 1, 3, 4), (2, 4, 5), (False, False), 6 * 2 * 3 * 4 * 5),
        ((3, 4), (7, 2, 4, 5), (False, False), 7 * 2 * 3 * 4 * 5),
        ((1, 8, 3, 4), (1, 8, 4, 5), (False, False), 8 * 3 * 4 * 5),
    ],
)
def test_batched_products_follow_their_flags_and_spread_their_batches(
    left: tuple[int, ...], right: tuple[int, ...], flags: tuple[bool, bool], macs: int
) -> None:
    content = one_operator(
        "BATCH_MATMUL", tensor(*left), tensor(*right), tensor(1), table="BatchMatMulOptions",
        adjX=flags[0], adjY=flags[1],
    )  # fmt: skip
    assert total(content) == macs


def test_batched_products_whose_shapes_disagree_are_not_counted() -> None:
    one = one_operator("BATCH_MATMUL", tensor(2, 3, 4), tensor(2, 5, 6), tensor(1))
    assert reason(one) == "the sizes to sum over disagree: 4 and 5"
    other = one_operator("BATCH_MATMUL", tensor(2, 3, 4), tensor(3, 4, 6), tensor(1))
    assert reason(other) == "batches disagree: 2 and 3"


def test_an_open_size_counts_as_one() -> None:
    open_parts = (
        tensor(1, 8, 8, 4, signature=(-1, 8, 8, 4)),
        constant(8, 3, 3, 4),
        tensor(1, 8, 8, 8, signature=(-1, 8, 8, 8)),
    )
    assert total(one_operator("CONV_2D", *open_parts)) == 8 * 8 * 8 * 3 * 3 * 4
    product = tensor(-1, 3, 4), tensor(-1, 4, 5), tensor(-1, 3, 5)
    assert total(one_operator("BATCH_MATMUL", *product)) == 3 * 4 * 5
    shared = tensor(1, 3, -1), tensor(1, 4, 5), tensor(1, 3, 5)
    assert total(one_operator("BATCH_MATMUL", *shared)) == 3 * 4 * 5


def test_a_shape_of_unknown_rank_is_not_counted_as_a_scalar() -> None:
    parts = tensor(1, 8, 8, 4), constant(8, 3, 3, 4), tensor(has_rank=False)
    assert reason(one_operator("CONV_2D", *parts)) == "a shape is only known at run time"


def test_an_operator_without_its_weights_is_not_counted() -> None:
    content = one_operator("CONV_2D", tensor(1, 8, 8, 4), tensor(1, 8, 8, 8))
    assert reason(content) == "an input or output is missing"


def lstm(inputs: list[int], tensors: list[Any], kind: str, table: str, **options: Any) -> bytes:
    step = op(kind, inputs, [len(tensors) - 1], table, **options)
    return model(subgraph(tensors, [step]))


GATES = [constant(8, 4)] * 4
RECURRENT = [constant(8, 8)] * 4


def test_an_lstm_multiplies_inputs_and_state_at_every_step() -> None:
    assert total(SEEDS["recurrent"]) == 5 * 4 * (8 * 4 + 8 * 8)


def test_an_lstm_without_input_gate_but_with_a_projection_is_counted_as_it_is() -> None:
    tensors = [tensor(5, 2, 4), *GATES, *([constant(8, 3)] * 4), constant(3, 8), tensor(5, 2, 3)]
    inputs = [0, -1, 2, 3, 4, -1, 6, 7, 8, *[-1] * 7, 9]
    table = "UnidirectionalSequenceLSTMOptions"
    content = lstm(inputs, tensors, "UNIDIRECTIONAL_SEQUENCE_LSTM", table, timeMajor=True)
    assert total(content) == 5 * 2 * (3 * (8 * 4 + 8 * 3) + 3 * 8)


def test_a_diagonal_recurrence_multiplies_no_matrix() -> None:
    tensors = [tensor(1, 5, 4), *GATES, *([constant(8)] * 4), tensor(1, 5, 8)]
    table = "UnidirectionalSequenceLSTMOptions"
    content = lstm(
        [*range(9)], tensors, "UNIDIRECTIONAL_SEQUENCE_LSTM", table, diagonalRecurrentTensors=True
    )
    assert total(content) == 5 * 4 * 8 * 4


def test_a_basic_lstm_keeps_all_weights_in_one_matrix() -> None:
    tensors = [
        tensor(2, 4),
        tensor(2, 8),
        constant(32, 12),
        constant(32),
        tensor(2, 8),
        tensor(2, 8),
    ]
    assert total(lstm([0, 1, 2, 3, 4], tensors, "LSTM", "LSTMOptions", kernelType=1)) == 2 * 32 * 12


def test_an_lstm_in_both_directions_counts_twice() -> None:
    tensors = [tensor(1, 5, 4), *GATES, *RECURRENT, tensor(1, 5, 16)]
    inputs = [0, *range(1, 9), *[-1] * 9, *range(1, 9)]
    content = lstm(
        inputs, tensors, "BIDIRECTIONAL_SEQUENCE_LSTM", "BidirectionalSequenceLSTMOptions"
    )
    assert total(content) == 2 * 5 * 4 * (8 * 4 + 8 * 8)


def test_plain_recurrent_layers_are_counted() -> None:
    parts = tensor(3, 4), constant(8, 4), constant(8, 8), constant(8), tensor(3, 8), tensor(3, 8)
    assert total(one_operator("RNN", *parts)) == 3 * (8 * 4 + 8 * 8)
    sequence = (
        tensor(3, 5, 4),
        constant(8, 4),
        constant(8, 8),
        constant(8),
        tensor(3, 8),
        tensor(3, 5, 8),
    )
    assert total(one_operator("UNIDIRECTIONAL_SEQUENCE_RNN", *sequence)) == 3 * 5 * (8 * 4 + 8 * 8)
    svdf = tensor(3, 4), constant(16, 4), constant(16, 6), constant(8), tensor(3, 96), tensor(3, 8)
    assert total(one_operator("SVDF", *svdf)) == 3 * (16 * 4 + 16 * 6)
    both = [
        tensor(3, 5, 4),
        constant(8, 4),
        constant(8, 8),
        constant(8),
        tensor(3, 8),
        tensor(3, 5, 16),
    ]
    inputs = [0, 1, 2, 3, 4, 1, 2, 3, 4]
    content = lstm(inputs, both, "BIDIRECTIONAL_SEQUENCE_RNN", "BidirectionalSequenceRNNOptions")
    assert total(content) == 2 * 3 * 5 * (8 * 4 + 8 * 8)


def test_elementwise_work_is_free() -> None:
    assert total(one_operator("ADD", tensor(1, 99), constant(99), tensor(1, 99))) == 0


@pytest.mark.parametrize(
    ("kind", "named"),
    [
        ("custom:Odd", "custom:Odd"),
        (999, "BUILTIN_999"),
        ("RFFT2D", "RFFT2D"),
        ("DELEGATE", "DELEGATE"),
    ],
)
def test_what_the_counter_does_not_know_is_named_and_not_counted_as_zero(
    kind: str | int, named: str
) -> None:
    count = counted(one_operator(kind, tensor(1, 4), tensor(1, 4)))
    assert count.uncounted == {named: 1}
    assert count.per_operator[0].macs is None


LAYER = [tensor(1, 4), constant(3, 4), tensor(1, 3)]
BODY = subgraph(LAYER, [op("FULLY_CONNECTED", [0, 1], [2])])  # 12
LARGER = subgraph(LAYER, [op("FULLY_CONNECTED", [0, 1], [2])] * 2)  # 24
FREE = subgraph([tensor(1, 4), tensor(1, 4)], [op("RELU", [0], [1])])
UNKNOWN = subgraph([tensor(1, 4), tensor(1, 4)], [op("custom:Odd", [0], [1])])


def calling(kind: str, *bodies: SubgraphPlan, table: str, **options: Any) -> bytes:
    main = subgraph([tensor(1, 4), tensor(1, 3)], [op(kind, [0], [1], table, **options)])
    return model(main, *bodies)


def branching(*bodies: SubgraphPlan) -> bytes:
    return calling("IF", *bodies, table="IfOptions", thenSubgraphIndex=1, elseSubgraphIndex=2)


def looping(*bodies: SubgraphPlan) -> bytes:
    return calling("WHILE", *bodies, table="WhileOptions", condSubgraphIndex=1, bodySubgraphIndex=2)


def composite(*bodies: SubgraphPlan, index: int = 1) -> bytes:
    table = "StableHLOCompositeOptions"
    return calling("STABLEHLO_COMPOSITE", *bodies, table=table, decompositionSubgraphIndex=index)


def test_subgraphs_that_nothing_runs_do_not_count() -> None:
    main = subgraph([tensor(1, 4), tensor(1, 4)], [op("RELU", [0], [1])])
    assert total(model(main, BODY, UNKNOWN)) == 0


def test_a_composite_counts_what_it_is_composed_of() -> None:
    assert total(composite(LARGER)) == 24
    assert total(calling("CALL", BODY, table="CallOptions", subgraph=1)) == 12


def test_what_is_unknown_inside_a_composite_is_named() -> None:
    count = counted(composite(UNKNOWN))
    assert count.uncounted == {"custom:Odd": 1}
    assert count.per_operator[0].reason == "it runs operators that cannot be counted"


def test_branches_count_when_they_cost_the_same() -> None:
    assert total(branching(BODY, BODY)) == 12
    assert reason(branching(BODY, LARGER)) == "which of its branches runs is only known at run time"


def test_a_branch_with_something_unknown_is_not_counted() -> None:
    count = counted(branching(BODY, UNKNOWN))
    assert count.uncounted == {"IF": 1, "custom:Odd": 1}


def test_a_loop_counts_only_when_its_body_is_free() -> None:
    assert total(looping(FREE, FREE)) == 0
    assert reason(looping(FREE, BODY)) == "how often its body runs is only known at run time"


def test_preparing_once_costs_nothing_later() -> None:
    assert total(calling("CALL_ONCE", BODY, table="CallOnceOptions", initSubgraphIndex=1)) == 0


@pytest.mark.parametrize(
    ("index", "told"),
    [
        (0, "it runs the subgraph that it stands in"),
        (7, "it runs subgraph 7, which the file does not hold"),
        (-1, "it runs subgraph -1, which the file does not hold"),
    ],
)
def test_a_call_that_leads_nowhere_is_not_counted(index: int, told: str) -> None:
    assert reason(composite(BODY, index=index)) == told


def test_a_call_that_does_not_say_what_it_runs_is_not_counted() -> None:
    content = one_operator("STABLEHLO_COMPOSITE", tensor(1), tensor(1))
    assert reason(content) == "it does not say which subgraph it runs"


def test_numbers_beyond_any_machine_are_not_counted() -> None:
    huge = 2**26
    parts = tensor(huge, 4), constant(2**30, 4, data=b"\0" * 16), tensor(4)
    assert huge * 4 * 2**30 < MOST_MACS
    assert total(one_operator("FULLY_CONNECTED", *parts)) == huge * 4 * 2**30
    more = tensor(2**30, 2**10), constant(2**30, 4, data=b"\0" * 16), tensor(4)
    assert "it would come to more than 1e+18" in reason(one_operator("FULLY_CONNECTED", *more))


def test_nesting_that_doubles_at_every_level_ends_quickly() -> None:
    assert total(doubling(20)) == 0
    assert "nested more than 32 deep" in str(counted(doubling(200)).reasons)


def test_every_operator_has_its_own_number() -> None:
    count = counted(model(subgraph(LARGER.tensors, [*LARGER.operators, op("RELU", [2], [2])])))
    assert [(o.index, o.macs) for o in count.per_operator] == [(0, 12), (1, 12), (2, 0)]
    assert count.by_kind() == {"FULLY_CONNECTED": 24}
