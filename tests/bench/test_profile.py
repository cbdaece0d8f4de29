"""Kernels find their operators, times become figures, and differences are named only when they are there."""

import math
import random
from dataclasses import replace

import numpy as np
import pytest

from ghostbench.bench.profile_compare import compare_profiles
from ghostbench.bench.profile_join import group_lines, middle_mean, times_ns
from ghostbench.bench.profile_kernels import assign_kernels
from ghostbench.bench.profile_result import WhatRan, profile_of, roof_of
from ghostbench.core.errors import RunnerError, UsageError
from ghostbench.core.profile import Op, Peak
from ghostbench.core.record import EngineInfo
from ghostbench.graph.partition import running_order
from ghostbench.graph.parts import Graph, Operator, Subgraph, Tensor
from tests.bench.made_up_profiles import KINDS, Made, device, made_profile, run_of

CONV, DWCONV = "Convolution (NHWC, F32) IGEMM", "Convolution (NHWC, F32) DWConv"
GEMM, RESHAPE, CLAMP = "Fully Connected (NC, F32) GEMM", "Static Reshape (NC)", "Clamp (NC)"


def chain(*kinds: str, fused: str = "NONE") -> list[Operator]:
    return [
        Operator(index=i, kind=kind, version=1, inputs=(i,), outputs=(i + 1,),
                 options={"fused_activation_function": fused})
        for i, kind in enumerate(kinds)
    ]  # fmt: skip


def counts(operators: list[Operator], names: list[str]) -> list[int]:
    return [one.count for one in assign_kernels(operators, names)]


def test_each_operator_gets_the_kernel_of_its_kind() -> None:
    operators = chain("CONV_2D", "DEPTHWISE_CONV_2D", "ADD", "FULLY_CONNECTED")

    assert counts(operators, [CONV, DWCONV, "Add (ND)", RESHAPE, GEMM]) in (
        [1, 1, 1, 2],
        [1, 1, 2, 1],
    )


def test_a_clamp_belongs_to_the_operator_with_an_activation() -> None:
    operators = chain("ADD", "CONV_2D", "ADD", fused="RELU")

    assert counts(operators, ["Add (ND)", CLAMP, GEMM, "Add (ND)", CLAMP]) == [2, 1, 2]


def test_an_operator_that_was_folded_away_gets_none() -> None:
    operators = chain("CONV_2D", "PAD", "CONV_2D", "RESHAPE", "FULLY_CONNECTED")

    assert counts(operators, [CONV, CONV, GEMM]) == [1, 0, 1, 0, 1]


def test_kernels_that_fit_nothing_are_said_to_be_unmatched() -> None:
    assigned = assign_kernels(chain("CONV_2D", "ADD"), [CONV, "Hyperbolic Folding (NC)"])

    assert [one.matched for one in assigned] == [True, False]


def test_every_kernel_is_given_to_somebody_whatever_they_are() -> None:
    rng = random.Random(1)
    for _ in range(50):
        operators = chain(*rng.choices(["CONV_2D", "ADD", "MEAN", "PAD"], k=rng.randint(1, 9)))
        names = rng.choices([CONV, CLAMP, "Add (ND)", "Odd (NC)"], k=rng.randint(0, 30))
        assigned = assign_kernels(operators, names)
        assert sum(one.count for one in assigned) == len(names)
        assert [one.first for one in assigned] == list(
            np.cumsum([0, *(one.count for one in assigned)])[:-1]
        )


def test_parts_run_as_soon_as_they_are_ready_and_not_in_the_order_of_the_file() -> None:
    # 0 -> 1 and 2 -> 3; LiteRT runs 1 and 2 itself, and 2 does not wait for anything.
    operators = tuple(
        Operator(index=i, kind="ADD", version=1, inputs=(start,), outputs=(end,))
        for i, (start, end) in enumerate([(0, 1), (1, 2), (0, 3), (3, 4)])
    )
    subgraph = Subgraph(
        index=0, name="", operators=operators,
        tensors=tuple(Tensor(index=i, name="", dtype="float32", shape=(1,)) for i in range(5)),
    )  # fmt: skip

    parts = running_order(subgraph, {1, 2})

    assert [[operator.index for operator in part] for part in parts] == [[0], [1, 2], [3]]


def test_the_middle_mean_is_finer_than_the_clock_and_blind_to_interruptions() -> None:
    rng = np.random.default_rng(0)
    true_us = 2.3
    read = np.floor(rng.uniform(0, 1, 4000) + true_us)  # what a clock of whole microseconds shows
    read[::10] += 4000

    assert middle_mean(read) == pytest.approx(true_us, abs=0.15)


def graph_of(*kinds: str) -> Graph:
    tensors = tuple(
        Tensor(index=i, name=f"t{i}", dtype="float32", shape=(1, 4, 4, 8))
        for i in range(len(kinds) + 1)
    )
    subgraph = Subgraph(index=0, name="", tensors=tensors, operators=tuple(chain(*kinds)))
    return Graph(subgraphs=(subgraph,), size_bytes=0, sha256="0" * 64)


def kernel(index: int, name: str, *durations_us: int) -> Op:
    return Op(
        index=index, level="kernel", name=name, place=index, subgraph=0, durations_us=durations_us
    )


def test_a_duration_longer_than_its_inference_is_no_time() -> None:
    run = run_of([kernel(0, "Add (ND)", 10, 2**32 - 1, 10, 10)], whole_us=20)

    (time,) = times_ns(run, group_lines(graph_of("ADD"), run.ops))

    assert time == 10_500  # and half a microsecond that is cut off


def test_a_graph_that_runs_subgraphs_is_refused() -> None:
    subgraph = Subgraph(
        index=0, name="",
        operators=(Operator(index=0, kind="CALL", version=1, inputs=(), outputs=(), options={"subgraph": 0}),),
    )  # fmt: skip
    with pytest.raises(UsageError, match="subgraphs"):
        group_lines(Graph(subgraphs=(subgraph,), size_bytes=0, sha256=""), ())


def what(**more: object) -> WhatRan:
    engine = EngineInfo(name="litert", version="2.3.0")
    plain = WhatRan(
        model="m", precision="fp32", model_sha256="0" * 64, device=device(), engine=engine
    )
    return replace(plain, **more)  # type: ignore[arg-type]  # fields by name


def test_a_profile_says_what_is_not_explained_and_how_far_from_the_roof() -> None:
    runs = [
        run_of(
            [kernel(0, "Add (ND)", *[9] * 8), kernel(1, "Multiply (ND)", *[29] * 8)], whole_us=50
        )
    ] * 3
    peaks = [
        Peak(
            what="multiply_add",
            kernel="avx2",
            block_bytes=0,
            work=500_000,
            durations_ns=(10_000, 90_000),
        ),
        Peak(
            what="read",
            kernel="avx2",
            block_bytes=2**20,
            work=100_000,
            durations_ns=(10_000, 20_000),
        ),
    ]
    profile = profile_of(
        what(latencies_ns=(45e3, 45e3, 45e3), roof=roof_of([peaks])), graph_of("ADD", "MUL"), runs
    )

    assert profile.profiled
    assert profile.sum.ns == 39_000
    assert profile.not_explained is not None
    assert profile.not_explained.ns == 6_000
    assert [round(one.share, 3) for one in profile.operators] == [0.244, 0.756]
    add = profile.operators[0]
    assert add.moved_bytes == 2 * 4 * 128
    assert add.bound == "memory"
    assert add.roof_share == pytest.approx((2 * 4 * 128 / 10) / 9_500)


def test_an_interrupted_profile_says_so() -> None:
    runs = [run_of([kernel(0, "Add (ND)", *[10] * 8)], whole_us=80)] * 3

    (caution,) = profile_of(what(), graph_of("ADD"), runs).cautions

    assert caution.startswith("interrupted: ")


def test_processes_that_ran_something_else_are_refused() -> None:
    runs = [run_of([kernel(0, name, 10)], whole_us=20) for name in ("Add (ND)", "Copy (NC, X32)")]

    with pytest.raises(RunnerError, match="differ"):
        profile_of(what(), graph_of("ADD"), runs)


def test_of_200_identical_pairs_none_has_a_cause_named() -> None:
    rng = np.random.default_rng(20)
    named = 0
    for _ in range(200):
        a, b = (made_profile(rng, Made()) for _ in range(2))
        named += sum(one.named for one in compare_profiles(a, b).kinds)

    assert named == 0


def test_a_planted_slowdown_is_named_and_nothing_else() -> None:
    rng = np.random.default_rng(21)
    found = alone = 0
    for _ in range(100):
        a = made_profile(rng, Made())
        b = made_profile(rng, Made(more_us={"TRANSPOSE": 900.0}))
        told = compare_profiles(a, b)
        names = [one.kind for one in told.kinds if one.named]
        found += "TRANSPOSE" in names
        alone += names == ["TRANSPOSE"]
        assert told.kinds[0].kind == "TRANSPOSE"

    assert found >= 95
    assert alone >= 95


def test_a_kind_that_got_slower_is_named_too() -> None:
    rng = np.random.default_rng(22)
    found = 0
    for _ in range(50):
        a, b = made_profile(rng, Made()), made_profile(rng, Made(factor={"CONV_2D": 1.4}))
        (cause,) = [one for one in compare_profiles(a, b).kinds if one.kind == "CONV_2D"]
        found += cause.named
        assert math.isclose(cause.ns, 0.4e3 * KINDS["CONV_2D"], rel_tol=0.5)

    assert found >= 45


def test_a_comparison_needs_rounds_enough() -> None:
    rng = np.random.default_rng(0)
    few = [made_profile(rng, Made(rounds=3)) for _ in range(2)]

    with pytest.raises(UsageError, match="at least 4 rounds"):
        compare_profiles(*few)


def test_a_folded_operator_takes_next_to_no_time_and_says_why() -> None:
    runs = [run_of([kernel(0, "Add (ND)", *[9] * 8)], whole_us=20)] * 3

    add, pad = profile_of(what(), graph_of("ADD", "PAD"), runs).operators

    assert (add.ran_by, pad.ran_by) == ("xnnpack", "nothing")
    assert pad.matched
    assert pad.time.ns < 0.01 * add.time.ns
