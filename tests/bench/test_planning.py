from collections import Counter
from dataclasses import replace
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

import ghostbench
from ghostbench.bench.planning import expected_seconds, make_plan
from ghostbench.core.errors import UsageError
from ghostbench.core.plan import Job, Plan, RunSettings
from ghostbench.core.strict import from_json, to_json
from tests.bench.lab import NOW, Lab

JOBS = st.integers(1, 8)
ROUNDS = st.integers(1, 6)
SEEDS = st.integers(0, 2**32)


def plan_of(jobs: int, rounds: int, seed: int) -> Plan:
    named = [
        Job(
            job_id=f"job-{i}",
            model="m",
            precision="fp32",
            model_path="m.tflite",
            model_sha256="0" * 64,
            engine="litert",
            device="host",
            settings=RunSettings(),
        )
        for i in range(jobs)
    ]
    return make_plan(named, campaign="c", rounds=rounds, seed=seed, purpose="test", now=NOW)


@given(JOBS, ROUNDS, SEEDS)
def test_every_job_runs_once_in_every_round(jobs: int, rounds: int, seed: int) -> None:
    plan = plan_of(jobs, rounds, seed)
    assert Counter((b.round, b.job_id) for b in plan.blocks) == {
        (r, job.job_id): 1 for r in range(rounds) for job in plan.jobs
    }
    assert [(b.round, b.position) for b in plan.blocks] == [
        (r, p) for r in range(rounds) for p in range(jobs)
    ]


@given(JOBS, ROUNDS, SEEDS)
def test_the_order_is_a_function_of_the_seed(jobs: int, rounds: int, seed: int) -> None:
    assert plan_of(jobs, rounds, seed) == plan_of(jobs, rounds, seed)


def test_another_seed_gives_another_order() -> None:
    assert len({plan_of(6, 3, seed).blocks for seed in range(20)}) == 20


@given(st.integers(3, 8), ROUNDS, SEEDS)
def test_no_job_runs_directly_after_itself(jobs: int, rounds: int, seed: int) -> None:
    order = [block.job_id for block in plan_of(jobs, rounds, seed).blocks]
    assert all(one != next_one for one, next_one in pairwise(order))


def test_two_jobs_take_turns_in_being_first() -> None:
    firsts = Counter(b.job_id for b in plan_of(2, 200, 1).blocks if b.position == 0)
    assert min(firsts.values()) > 60


def test_every_job_comes_at_every_place_about_equally_often() -> None:
    places = Counter((b.position, b.job_id) for b in plan_of(4, 2000, 1).blocks)
    assert min(places.values()) > 400
    assert max(places.values()) < 600


def test_a_plan_survives_the_way_to_the_disk_and_back() -> None:
    plan = plan_of(3, 2, 1)
    assert from_json(to_json(plan), Plan) == plan


@pytest.mark.parametrize("rounds", [0, -1])
def test_no_rounds_are_refused(rounds: int) -> None:
    with pytest.raises(UsageError, match=f"rounds must be above zero, not {rounds}"):
        plan_of(1, rounds, 1)


def test_no_jobs_are_refused() -> None:
    with pytest.raises(UsageError, match="nothing to measure"):
        plan_of(0, 1, 1)


def test_two_jobs_of_one_name_are_refused(tmp_path: Path) -> None:
    jobs = Lab(tmp_path).plan("a").jobs
    with pytest.raises(UsageError, match="come up again: a-fp32"):
        make_plan([*jobs, *jobs], campaign="c", rounds=1, seed=1, purpose="test", now=NOW)


def test_the_expected_time_grows_with_every_part_of_a_block() -> None:
    plan = plan_of(2, 3, 1)
    slower = [RunSettings(min_ms=5000), RunSettings(warmup_min_ms=2000), RunSettings(probe_ms=50)]
    least = expected_seconds(plan)
    assert least > 6 * (RunSettings().min_ms + RunSettings().warmup_min_ms) / 1000
    for settings in slower:
        jobs = tuple(replace(job, settings=settings) for job in plan.jobs)
        assert expected_seconds(replace(plan, jobs=jobs)) > least


def test_a_plan_says_which_ghostbench_made_it() -> None:
    assert plan_of(1, 1, 1).ghostbench == ghostbench.__version__
