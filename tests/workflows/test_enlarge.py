import sys
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import pytest

from ghostbench.core.enlarging import Candidate, Shape, Timing
from ghostbench.core.errors import ConversionError, StoreError, UsageError
from ghostbench.core.model_spec import ModelSpec
from ghostbench.core.plan import RunSettings
from ghostbench.core.progress import Silence
from ghostbench.store.candidates import CANDIDATES, CandidateLedger
from ghostbench.workflows.enlarge import EnlargeOutcome, best_of, enlarge
from ghostbench.workflows.enlarge_asked import Budget, HowToScore
from ghostbench.workflows.enlarge_images import scoring_setup
from ghostbench.workflows.enlarge_latency import Stopwatch, Untimed
from ghostbench.workflows.enlarge_timing import was_ended_early
from ghostbench.workflows.measure import HowToMeasure
from ghostbench.workflows.run import run
from ghostbench.zoo.enlarge_space import space_of
from ghostbench.zoo.specs import load_specs, resolve
from tests.accuracy.colour_model import colour_model

WORKER = (sys.executable, "-m", "tests.zoo.scoring_worker")
MADE_UP = HowToScore(function="made_up:score", command=WORKER)
SPECS = load_specs()


def searched(
    workspace: Path, budget: float = 200e6, scoring: HowToScore = MADE_UP
) -> EnlargeOutcome:
    return enlarge(
        "ghostnet-1.0x", Budget(macs=budget), rungs=2, scoring=scoring, workspace=workspace
    )


def test_the_best_of_each_rung_starts_the_next_and_ends_as_a_network_of_the_zoo(
    tmp_path: Path,
) -> None:
    outcome = searched(tmp_path)
    first, second = outcome.rungs
    assert first.grown == "stage 6 wider"  # what the made-up score likes best
    assert outcome.start.macs < first.best.macs <= first.budget < second.best.macs <= 200e6
    assert second.best.shape.channels[5] > first.best.shape.channels[5]
    found = resolve(outcome.name, load_specs(tmp_path))
    assert space_of(found).start == second.best.shape
    assert found.expected is not None
    assert found.expected.macs == second.best.macs


def test_a_search_goes_on_where_it_was_and_a_torn_line_is_done_again(tmp_path: Path) -> None:
    whole = searched(tmp_path)
    path = whole.folder / CANDIDATES
    lines = path.read_bytes().splitlines(keepends=True)
    path.write_bytes(b"".join(lines[:8]) + lines[8][:20])
    again = searched(tmp_path)
    assert [rung.best.shape for rung in again.rungs] == [rung.best.shape for rung in whole.rungs]
    assert again.kept == 7
    assert again.scored == whole.scored - 7


def test_a_larger_budget_takes_the_candidates_that_are_known(tmp_path: Path) -> None:
    searched(tmp_path)
    assert searched(tmp_path).scored == 0
    assert searched(tmp_path, 300e6).kept > 20


def test_a_candidate_that_ends_the_scoring_process_stops_no_other(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    fallen = "-".join(map(str, searched(tmp_path / "a").rungs[0].best.shape.channels))
    monkeypatch.setenv("GHOSTBENCH_TEST_DIES_ON", fallen)
    outcome = searched(tmp_path / "b")
    assert outcome.failed == 1
    assert "-".join(map(str, outcome.rungs[0].best.shape.channels)) != fallen
    (failed,) = (
        line
        for line in (outcome.folder / CANDIDATES).read_text().splitlines()
        if "ended with status 3" in line
    )
    assert '"score":null' in failed


def test_a_start_that_cannot_be_scored_ends_the_search(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GHOSTBENCH_TEST_DIES_ON", "16-24-40-80-112-160")
    with pytest.raises(ConversionError, match="the start network cannot be scored"):
        searched(tmp_path)


def test_a_score_that_takes_too_long_is_a_failure(tmp_path: Path) -> None:
    slow = replace(MADE_UP, function="slow:score", timeout_s=0.2)
    with pytest.raises(ConversionError, match=r"did not end within 0\.2 s"):
        searched(tmp_path, scoring=slow)


@pytest.mark.parametrize(
    ("name", "budget", "scoring", "told"),
    [
        ("ghostnet-1.0x", 100e6, MADE_UP, "not above the start network's 141.2 M multiply-adds"),
        ("ghostnet-1.0x", 1e20, MADE_UP, "out of reach"),
        ("resnet50", 9e9, MADE_UP, "cannot be enlarged stage by stage"),
        ("ghostnet-1.0x", 2e8, HowToScore(function="nope"), "there is no score 'nope'"),
        ("ghostnet-1.0x", 2e8, HowToScore(function="training"), "needs images"),
        ("ghostnet-1.0x", 2e8, replace(MADE_UP, function="missing:f"), "there is no such function"),
    ],
)
def test_what_cannot_be_is_refused_before_anything_is_kept(
    tmp_path: Path, name: str, budget: float, scoring: HowToScore, told: str
) -> None:
    with pytest.raises(UsageError, match=told):
        enlarge(name, Budget(macs=budget), rungs=2, scoring=scoring, workspace=tmp_path)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    "amounts", [{}, {"macs": 1.0, "ms": 1.0}, {"ms": -1.0}, {"macs": float("nan")}]
)
def test_a_budget_is_one_number_above_zero(amounts: dict[str, float]) -> None:
    with pytest.raises(UsageError, match="budget"):
        Budget(**amounts)


def test_another_networks_name_is_not_taken(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="not of an earlier search"):
        enlarge(
            "ghostnet-1.0x",
            Budget(macs=2e8),
            scoring=MADE_UP,
            keep_as="resnet50",
            workspace=tmp_path,
        )


def test_a_ledger_of_another_search_is_not_taken_for_this_one(tmp_path: Path) -> None:
    folder = searched(tmp_path).folder
    path = folder / CANDIDATES
    path.write_text(path.read_text().replace('"seed":0', '"seed":1', 1))
    with pytest.raises(StoreError, match="is of another search"):
        searched(tmp_path)


def test_of_equal_scores_the_smallest_network_wins() -> None:
    shape = Shape(blocks=(1,), channels=(8,), input_px=32)
    small, large = (Candidate(shape=shape, macs=macs, params=1, score=2.0) for macs in (5, 6))
    unscored = Candidate(shape=shape, macs=1, params=1)
    assert best_of([large, unscored, small]) is small


def test_images_are_held_out_of_each_class(tmp_path: Path) -> None:
    for label in ("cat", "dog"):
        (tmp_path / label).mkdir()
        for number in range(10):
            (tmp_path / label / f"{number}.png").touch()
    setup, digest = scoring_setup(HowToScore(images=tmp_path), classes=1000)
    assert (setup.function.rpartition(":")[2], setup.classes) == ("short_training", 2)
    assert sorted(image.label for image in setup.held_out) == [0, 0, 1, 1]
    assert len(setup.training) == 16
    assert digest


def test_images_of_one_class_are_refused(tmp_path: Path) -> None:
    (tmp_path / "cat").mkdir()
    (tmp_path / "cat" / "0.png").touch()
    with pytest.raises(UsageError, match="at least two classes"):
        scoring_setup(HowToScore(images=tmp_path), classes=1000)


class MadeUpDevice:
    """Time grows with multiply-adds, twice as fast with those of the last stage; a deeper first stage has none."""

    def __init__(self, *, lasting: bool) -> None:
        self.rounds: list[list[str]] = []
        self._why = Untimed(reason="made up", lasting=lasting)

    def __call__(self, specs: Mapping[str, ModelSpec]) -> dict[str, Timing | Untimed]:
        self.rounds.append([*specs])
        return {name: self._of(spec) for name, spec in specs.items()}

    def _of(self, spec: ModelSpec) -> Timing | Untimed:
        assert spec.expected is not None
        if not str(spec.options["blocks"]).startswith("1-"):
            return self._why
        slow = 1 if str(spec.options["channels"]).endswith("-160") else 2
        start_macs = 141_184_432
        macs = start_macs + slow * (spec.expected.macs - start_macs)
        return Timing(median_ms=macs / 1e7, ci95_ms=None, campaign="made up")


def stopwatch(folder: Path, *, lasting: bool = True) -> tuple[Stopwatch, Candidate, MadeUpDevice]:
    from ghostbench.core.enlarging import SearchIdentity

    identity = SearchIdentity(
        architecture="ghostnet-staged", options="", classes=1000, score="a:b", seed=0, epochs=1
    )
    space = space_of(resolve("ghostnet-1.0x", SPECS))
    device = MadeUpDevice(lasting=lasting)
    watch = Stopwatch(space, CandidateLedger(folder, identity), device, Silence())
    return watch, watch.timed([space.start], "start")[space.start], device


def test_only_what_was_measured_within_the_limit_fits(tmp_path: Path) -> None:
    watch, start, device = stopwatch(tmp_path)
    found = watch.fitting(start, 20.0, "rung")
    space = space_of(resolve("ghostnet-1.0x", SPECS))
    assert max(space.count(shape).macs for shape in found) <= 2e8
    assert "stage 1 deeper" not in found.values()
    # The first aim was too high, since that stage costs twice as much; the second one was not.
    (wider,) = (shape for shape, direction in found.items() if direction == "stage 6 wider")
    assert 1.6e8 < space.count(wider).macs < 1.71e8
    assert len(device.rounds) == 3  # the start, the first aim, the second
    assert all(set(device.rounds[0]) <= set(names) for names in device.rounds)  # the best so far


def test_what_was_timed_is_not_timed_again(tmp_path: Path) -> None:
    watch, start, _ = stopwatch(tmp_path)
    found = watch.fitting(start, 20.0, "rung")
    again, start, device = stopwatch(tmp_path)
    assert again.fitting(start, 20.0, "rung") == found
    assert device.rounds == []


def test_what_a_busy_device_could_not_time_is_timed_by_the_next_search(tmp_path: Path) -> None:
    watch, start, device = stopwatch(tmp_path, lasting=False)
    found = watch.fitting(start, 20.0, "rung")
    assert watch.untimed == 2
    assert watch.remarks(start, 20.0)[0].startswith("2 networks could not be timed")
    assert watch.fitting(start, 20.0, "rung") == found
    assert len(device.rounds) == 3  # not in this one
    again, start, device = stopwatch(tmp_path, lasting=False)
    assert again.fitting(start, 20.0, "rung") == found
    assert [len(names) for names in device.rounds] == [3]  # those two and the best so far


def test_what_cannot_be_built_is_kept_as_such(tmp_path: Path) -> None:
    watch, start, _ = stopwatch(tmp_path)
    watch.fitting(start, 20.0, "rung")
    assert watch.untimed == 0
    kept = (tmp_path / CANDIDATES).read_text().splitlines()
    assert sum('"failure":"made up"' in line for line in kept) == 2


def test_times_are_gone_on_with_only_where_the_search_ended_while_taking_them(
    tmp_path: Path,
) -> None:
    assert not was_ended_early(tmp_path)
    model = tmp_path / "colour.tflite"
    model.write_bytes(colour_model())
    settings = RunSettings(min_runs=3, min_ms=1, warmup_min_ms=1, warmup_max_ms=100)
    how = HowToMeasure(device="simulated", settings=settings, rounds=2, workspace=tmp_path)
    folder = run([str(model)], how=how).folder
    assert not was_ended_early(tmp_path)  # a complete one: on a busy device, nothing but failures
    records = (folder / "records.jsonl").read_bytes().splitlines(keepends=True)
    (folder / "records.jsonl").write_bytes(b"".join(records[:1]) + records[1][:30])  # kill -9
    assert was_ended_early(tmp_path)


@pytest.mark.parametrize(
    ("interval", "told"),
    [((9.0, 11.5), "reaches to 11.50 ms, beyond"), (None, "too few rounds"), ((9.0, 9.9), "")],
)
def test_a_time_that_may_be_beyond_the_budget_is_told(
    tmp_path: Path, interval: tuple[float, float] | None, told: str
) -> None:
    watch, start, _ = stopwatch(tmp_path)
    timing = Timing(median_ms=9.5, ci95_ms=interval, campaign="made up")
    said = watch.remarks(replace(start, timing=timing), 10.0)
    assert (told in said[0]) if told else said == []
