import json
import math
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from ghostbench.core.errors import StoreError, UsageError
from ghostbench.stats.multiplicity import holm
from ghostbench.store.baseline import read_baseline
from ghostbench.workflows.guard import CheckOutcome, check, write_baseline
from ghostbench.workflows.measure import HowToMeasure
from ghostbench.workflows.more_rounds import rounds_by_holm, rounds_to_settle
from tests.store.made_up import MadeUp
from tests.workflows.made_up_sides import stored


def checked(before: MadeUp, after: MadeUp, workspace: Path, max_slowdown: float = 0.03) -> CheckOutcome:  # fmt: skip
    return check(
        before.folder.name,
        [after.folder.name],
        max_slowdown=max_slowdown,
        how=HowToMeasure(workspace=workspace),
    )


@pytest.mark.parametrize(
    ("now_ms", "slower"),
    [(2.0, False), (1.5, False), (2.3, True)],
    ids=["as fast", "much faster", "15 % slower"],
)
def test_a_clear_change_is_told(now_ms: float, slower: bool, tmp_path: Path) -> None:
    outcome = checked(stored(tmp_path, seed=1, a=2.0), stored(tmp_path, seed=2, a=now_ms), tmp_path)
    assert outcome.slower is slower
    assert outcome.verdicts[0].more_rounds is None


def test_what_the_data_cannot_tell_is_left_open_with_the_rounds_that_would(tmp_path: Path) -> None:
    before = stored(tmp_path, seed=1, rounds=4, spread=0.05, a=2.0)
    after = stored(tmp_path, seed=2, rounds=4, spread=0.05, a=2.2)
    outcome = checked(before, after, tmp_path)
    assert outcome.slower is None
    assert outcome.verdicts[0].more_rounds


def test_what_two_sessions_may_differ_by_no_number_of_rounds_tells(tmp_path: Path) -> None:
    before = stored(tmp_path, seed=1, rounds=30, spread=0.001, a=2.0)
    after = stored(tmp_path, seed=2, rounds=30, spread=0.001, a=2.08)
    (verdict,) = checked(before, after, tmp_path).verdicts
    assert verdict.slower is None  # 4 % slower, and no doubt about it within either session
    assert verdict.more_rounds is None
    assert "measure both together" in verdict.comparison.doubts[0]


def test_one_slower_network_decides_and_an_open_one_comes_second(tmp_path: Path) -> None:
    before = stored(tmp_path, seed=1, a=2.0, b=2.0)
    after = stored(tmp_path, seed=2, a=2.0, b=2.5)
    outcome = checked(before, after, tmp_path)
    assert {v.comparison.a.model: v.slower for v in outcome.verdicts} == {"a": False, "b": True}
    assert outcome.slower is True
    fine, slow = outcome.verdicts
    assert CheckOutcome(verdicts=(fine, replace(slow, slower=None))).slower is None


def test_a_baseline_file_decides_as_the_campaign_it_is_made_of(tmp_path: Path) -> None:
    before, after = stored(tmp_path, seed=1, a=2.0), stored(tmp_path, seed=2, a=2.3)
    path = tmp_path / "baseline.json"
    written = write_baseline(path, [before.folder.name], workspace=tmp_path)
    assert read_baseline(path) == written
    assert path.stat().st_size < 5000
    outcome = check(str(path), [after.folder.name], how=HowToMeasure(workspace=tmp_path))
    assert outcome.verdicts == checked(before, after, tmp_path).verdicts


def test_what_has_no_counterpart_is_told(tmp_path: Path) -> None:
    before = stored(tmp_path, seed=1, rounds=3, a=2.0, gone=2.0)
    after = stored(tmp_path, seed=2, rounds=3, a=2.0, new=2.0)
    assert checked(before, after, tmp_path).alone == (
        "new-fp32 is not in the baseline",
        "gone-fp32 of the baseline was not checked",
    )


def test_nothing_in_common_with_the_baseline_is_refused(tmp_path: Path) -> None:
    before = stored(tmp_path, seed=1, rounds=3, a=2.0, b=2.0)
    after = stored(tmp_path, seed=2, rounds=3, c=2.0, d=2.0)
    with pytest.raises(UsageError, match="nothing of that is among c-fp32, d-fp32"):
        checked(before, after, tmp_path)


def test_an_unlike_baseline_is_refused_by_condition(tmp_path: Path) -> None:
    before, after = stored(tmp_path, seed=1, a=2.0), stored(tmp_path, seed=2, a=2.0)
    path = tmp_path / "baseline.json"
    write_baseline(path, [before.folder.name], workspace=tmp_path)
    path.write_text(
        path.read_text().replace('"engine_version": "2.3.0"', '"engine_version": "2.2.0"')
    )
    how = HowToMeasure(workspace=tmp_path)
    with pytest.raises(UsageError, match=r"engine_version differs: 2.3.0 and 2.2.0"):
        check(str(path), [after.folder.name], how=how)
    outcome = check(str(path), [after.folder.name], allow=["engine_version"], how=how)
    assert outcome.verdicts[0].comparison.allowed == {"engine_version": ("2.3.0", "2.2.0")}


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ({"kind": "something else"}, "this is not a baseline; write one"),
        ({"schema_version": 2}, "has schema 2, this ghostbench reads up to 1; update"),
        ({"schema_version": None}, "does not say its schema_version"),
        ({"jobs": []}, "holds no job"),
        ({"surprise": 1}, "unknown field 'surprise'"),
    ],
)
def test_a_file_that_is_no_baseline_is_refused(
    change: dict[str, object], told: str, tmp_path: Path
) -> None:
    path = tmp_path / "baseline.json"
    write_baseline(path, [stored(tmp_path, rounds=3, a=2.0).folder.name], workspace=tmp_path)
    path.write_text(json.dumps({**json.loads(path.read_text()), **change}))
    with pytest.raises(StoreError, match=told):
        read_baseline(path)


@pytest.mark.parametrize("medians", [[], [2e6], [2e6, 2e6, -1.0], [2e6, 2e6, 0.0]])
def test_a_baseline_with_impossible_times_is_refused(medians: list[float], tmp_path: Path) -> None:
    path = tmp_path / "baseline.json"
    write_baseline(path, [stored(tmp_path, rounds=3, a=2.0).folder.name], workspace=tmp_path)
    plain = json.loads(path.read_text())
    plain["jobs"][0]["medians_ns"] = medians
    path.write_text(json.dumps(plain))
    with pytest.raises(StoreError, match="a-fp32 has"):
        read_baseline(path)


@pytest.mark.parametrize("share", [-0.01, 1.0, float("nan")])
def test_an_impossible_limit_is_refused(share: float, tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="between 0 and 100 %"):
        check("baseline.json", ["x"], max_slowdown=share, how=HowToMeasure(workspace=tmp_path))


def test_slower_is_corrected_for_how_many_networks_are_checked_and_ruled_out_is_not(
    tmp_path: Path,
) -> None:
    times = dict.fromkeys("abcde", 2.0)
    before = stored(tmp_path, 8, 1, 0.01, **times)
    after = stored(tmp_path, 8, 2, 0.01, **(times | {"e": 2.09, "d": 2.5}))
    together = checked(before, after, tmp_path).verdicts
    alone = [
        check(
            f"{before.folder.name}/{name}-fp32",
            [f"{after.folder.name}/{name}-fp32"],
            how=HowToMeasure(workspace=tmp_path),
        ).verdicts[0]
        for name in times
    ]
    assert [v.among for v in alone] == [1] * 5
    chances = [v.p_slower for v in alone]
    assert [v.p_slower for v in together] == list(holm([p for p in chances if p is not None]))
    assert {v.among for v in together} == {5}
    for one, many in zip(alone, together, strict=True):
        assert (many.slower is False) == (one.slower is False)
        assert (many.slower is True) == (many.p_slower is not None and many.p_slower <= 0.05)
    assert together[3].slower is True


def test_one_of_many_that_only_looks_slower_is_left_open(tmp_path: Path) -> None:
    spread, names = 0.01, "abcdef"
    before = stored(tmp_path, 8, 1, spread, **dict.fromkeys(names, 2.0))
    slower = dict.fromkeys(names, 2.0) | {"a": 2.13}
    after = stored(tmp_path, 8, 2, spread, **slower)
    alone = check(
        f"{before.folder.name}/a-fp32",
        [f"{after.folder.name}/a-fp32"],
        how=HowToMeasure(workspace=tmp_path),
    )
    assert alone.slower is True
    among_many = checked(before, after, tmp_path).verdicts[0]
    assert among_many.slower is None
    assert among_many.more_rounds is not None
    c = among_many.comparison
    mine, theirs = np.array(c.a.medians_ns), np.array(c.b.medians_ns)
    corrected, plain = (
        rounds_to_settle(
            mine, theirs, c.ratio, 1.03, paired=False, reach=c.session_reach, level=level
        )
        for level in (0.05 / 6, 0.05)
    )
    assert among_many.more_rounds == corrected
    assert (corrected or 0) > (plain or 0)


def test_holm_settles_the_clearest_first_and_corrects_the_next_for_one_less() -> None:
    def after(rounds: float) -> Callable[[float], int | None]:
        return lambda level: math.ceil(rounds * math.log(1 / level))

    alone = rounds_by_holm([after(2)], among=1)
    assert alone == [after(2)(0.05)]
    assert rounds_by_holm([after(3), after(2), after(9)], among=5) == [
        after(3)(0.05 / 4),
        after(2)(0.05 / 5),
        after(9)(0.05 / 3),
    ]
    never: Callable[[float], int | None] = lambda level: None  # noqa: E731 - a question without an end
    assert rounds_by_holm([never, after(2)], among=2) == [None, after(2)(0.05 / 2)]
    assert rounds_by_holm([], among=3) == []
