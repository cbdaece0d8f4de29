import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ghostbench.graph.alignment import ADDED, CHANGED, REMOVED, SAME, Alignment, align
from tests.graph.bad_graphs import BAD, KERNEL, conv, good
from tests.graph.build import (
    OperatorPlan,
    TensorPlan,
    constant,
    model,
    numbers,
    op,
    subgraph,
    tensor,
)
from tests.graph.reading import graph_of


def chain(kinds: list[str], *, named: bool = True, size: int = 4) -> bytes:
    """Operators in a row."""
    tensors = [tensor(1, size)] + [
        tensor(1, size, name=f"{kind}-{place}" if named else None)
        for place, kind in enumerate(kinds)
    ]
    steps = [op(kind, [place], [place + 1]) for place, kind in enumerate(kinds)]
    return model(subgraph(tensors, steps))


def aligned(a: bytes, b: bytes) -> Alignment:
    return align(graph_of(a), graph_of(b))


def statuses(alignment: Alignment) -> list[str]:
    return [pair.status for pair in alignment.pairs]


@pytest.mark.parametrize("name", [None, *BAD])
def test_a_graph_is_the_same_as_itself(name: str | None) -> None:
    content = BAD[name][0]() if name else good()
    assert set(statuses(aligned(content, content))) <= {SAME}


def test_an_added_operator_is_found_by_names_and_without_them() -> None:
    for named in (True, False):
        a, b = (
            chain(["ABS", "EXP", "NEG"], named=False),
            chain(["ABS", "EXP", "COS", "NEG"], named=named),
        )
        assert statuses(aligned(a, b)) == [SAME, SAME, ADDED, SAME]
        assert statuses(aligned(b, a)) == [SAME, SAME, REMOVED, SAME]


def test_transposes_that_a_converter_left_are_the_only_difference() -> None:
    image, turned = tensor(1, 8, 8, 4), tensor(1, 4, 8, 8)
    clean = model(
        subgraph([image, KERNEL, image, KERNEL, image], [conv([0, 1], 2), conv([2, 3], 4)])
    )
    tensors = [
        image,
        KERNEL,
        image,
        numbers(0, 3, 1, 2),
        turned,
        numbers(0, 2, 3, 1),
        image,
        KERNEL,
        image,
    ]
    steps = [
        conv([0, 1], 2), op("TRANSPOSE", [2, 3], [4]), op("TRANSPOSE", [4, 5], [6]), conv([6, 7], 8),
    ]  # fmt: skip
    found = aligned(clean, model(subgraph(tensors, steps)))
    assert [(pair.status, pair.a, pair.b) for pair in found.pairs] == [
        (SAME, 0, 0), (ADDED, None, 1), (ADDED, None, 2), (SAME, 1, 3),
    ]  # fmt: skip


def test_a_depthwise_convolution_that_became_grouped_is_a_change_and_says_so() -> None:
    image = tensor(1, 8, 8, 4, name="made")
    depthwise = op(
        "DEPTHWISE_CONV_2D",
        [0, 1],
        [2],
        "DepthwiseConv2DOptions",
        strideW=1,
        strideH=1,
        depthMultiplier=1,
    )
    a = model(subgraph([image, constant(1, 3, 3, 4), image], [depthwise]))
    b = model(subgraph([image, constant(4, 3, 3, 1), image], [conv([0, 1], 2)]))
    (pair,) = aligned(a, b).pairs
    assert pair.status == CHANGED
    assert pair.changes == (
        "DEPTHWISE_CONV_2D became CONV_2D",
        "weights 1x3x3x4 became 4x3x3x1",
    )


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ({"fusedActivationFunction": 1}, "fused activation function NONE became RELU"),
        ({"padding": 1}, "padding SAME became VALID"),
        ({"strideW": 2}, "stride w 1 became 2"),
    ],
)
def test_what_changed_in_an_operator_is_told(change: dict[str, int], told: str) -> None:
    tensors = [tensor(1, 8, 8, 4), KERNEL, tensor(1, 8, 8, 4)]
    a = model(subgraph(tensors, [conv([0, 1], 2)]))
    b = model(subgraph(tensors, [conv([0, 1], 2, **change)]))
    (pair,) = aligned(a, b).pairs
    assert pair.changes == (told,)


def test_types_versions_and_orders_that_changed_are_told() -> None:
    def turned(order: tuple[int, ...], dtype: str, version: int) -> bytes:
        data: list[TensorPlan] = [
            tensor(2, 2, dtype=dtype),
            numbers(*order),
            tensor(2, 2, dtype=dtype),
        ]
        step = OperatorPlan(kind="TRANSPOSE", inputs=(0, 1), outputs=(2,), version=version)
        return model(subgraph(data, [step]))

    (pair,) = aligned(turned((1, 0), "float32", 1), turned((0, 1), "int32", 2)).pairs
    assert pair.changes == (
        "output float32 became int32",
        "input 1 1,0 became 0,1",
        "version 1 became 2",
    )


KINDS = st.lists(st.sampled_from(["ABS", "EXP", "NEG", "COS", "RELU", "ADD"]), max_size=12)


@given(KINDS, KINDS, st.booleans())
def test_every_operator_of_both_stands_once_and_in_order(
    one: list[str], other: list[str], named: bool
) -> None:
    found = aligned(chain(one, named=named), chain(other, named=named)).pairs
    assert [pair.a for pair in found if pair.a is not None] == list(range(len(one)))
    assert [pair.b for pair in found if pair.b is not None] == list(range(len(other)))


def test_long_graphs_are_aligned_in_stretches() -> None:
    chance = random.Random(1)
    kinds = chance.choices(["ABS", "EXP", "NEG", "COS"], k=1100)
    found = aligned(chain(kinds, named=False), chain(kinds, named=False))
    assert found.count(SAME) == 1100
