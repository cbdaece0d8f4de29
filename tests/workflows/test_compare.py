from dataclasses import replace
from pathlib import Path

import pytest

from ghostbench.core.comparison import Comparison
from ghostbench.core.errors import StoreError, UnknownName, UsageError
from ghostbench.core.plan import StoppingRule
from ghostbench.core.verdict import Verdict
from ghostbench.report.comparison_text import how_tested
from ghostbench.report.comparisons import ratio
from ghostbench.stats.intervals import widening_for_looks
from ghostbench.store.campaign import load_campaign, write_plan
from ghostbench.store.results import job_results
from ghostbench.store.sides import campaign_sides
from ghostbench.workflows.compare import compare, compared
from ghostbench.workflows.measure import HowToMeasure
from tests.store.made_up import MadeUp
from tests.workflows.made_up_sides import sides, stored


def only(a: str, b: str, workspace: Path, allow: tuple[str, ...] = ()) -> Comparison:
    (found,) = compare(a, b, allow=allow, how=HowToMeasure(workspace=workspace)).comparisons
    return found


def test_two_jobs_of_a_campaign_are_compared_round_by_round(tmp_path: Path) -> None:
    made = stored(tmp_path, fast=2.0, slow=2.2)
    found = only(f"{made.folder.name}/fast-fp32", f"{made.folder.name}/slow-fp32", tmp_path)
    assert (found.paired, found.rounds, found.verdict, found.same) == (True, 8, -1, False)
    assert found.ratio == pytest.approx(2.0 / 2.2, rel=0.02)
    assert found.ci95 is not None
    assert found.ci95[0] < 2.0 / 2.2 < found.ci95[1]
    assert found.doubts == ()


def test_swapping_the_two_turns_the_answer_around(tmp_path: Path) -> None:
    made = sides(stored(tmp_path, fast=2.0, slow=2.2))
    there, back = compared(made["fast"], made["slow"]), compared(made["slow"], made["fast"])
    assert there.ratio == pytest.approx(1 / back.ratio)
    assert there.verdict == -1
    assert back.verdict == 1


def test_two_campaigns_are_compared_job_by_job_and_said_to_be_apart(tmp_path: Path) -> None:
    before = stored(tmp_path, seed=1, net=2.0, gone=3.0)
    after = stored(tmp_path, seed=2, net=2.3, new=3.0)
    outcome = compare(before.folder.name, after.folder.name, how=HowToMeasure(workspace=tmp_path))
    (found,) = outcome.comparisons
    assert (found.a.job_id, found.verdict, found.paired) == ("net-fp32", -1, False)
    assert found.doubts[0].startswith("apart: ")
    assert outcome.alone == (
        f"{before.folder.name}/gone-fp32",
        f"{after.folder.name}/new-fp32",
    )


def test_a_campaign_may_be_given_as_a_folder_too(tmp_path: Path) -> None:
    made = stored(tmp_path, a=2.0, b=2.0)
    found = only(f"{made.folder}/a-fp32", f"{made.folder}/b-fp32", tmp_path)
    assert found.a.label == f"{made.folder.name}/a-fp32"


def test_a_doubtful_record_keeps_its_verdict_and_its_reasons(tmp_path: Path) -> None:
    found = compared(*sides(stored(tmp_path, a=2.0, b=2.0)).values())
    assert found.a.verdict is Verdict.SUSPECT
    assert found.a.cautions[0].startswith("emulated, 8 of 8 blocks: ")


@pytest.mark.parametrize(
    ("condition", "theirs"),
    [
        ("device", "another"),
        ("os_build", "another build"),
        ("engine_version", "9.9.9"),
        ("runner", "another hash"),
        ("threads", "4"),
        ("cpu", "7"),
        ("kernel_mode", "builtin"),
        ("inputs", "zeros"),
    ],
)
def test_what_was_not_measured_alike_is_refused_by_name_unless_allowed(
    condition: str, theirs: str, tmp_path: Path
) -> None:
    a, b = sides(stored(tmp_path, rounds=6, a=2.0, b=2.0)).values()
    other = replace(b, conditions={**b.conditions, condition: theirs})
    with pytest.raises(
        UsageError, match=f"not measured alike: {condition} differs.*--allow {condition} "
    ):
        compared(a, other)
    allowed = compared(a, other, allow=[condition])
    assert allowed.allowed == {condition: (a.conditions[condition], theirs)}


def test_precisions_are_not_compared_unless_allowed_but_an_unknown_one_is(tmp_path: Path) -> None:
    a, b = sides(stored(tmp_path, rounds=6, a=2.0, b=2.0)).values()
    with pytest.raises(UsageError, match="precision differs: fp32 and int8"):
        compared(a, replace(b, precision="int8"))
    assert compared(a, replace(b, precision="int8"), allow=["precision"]).allowed == {
        "precision": ("fp32", "int8")
    }
    assert compared(a, replace(b, precision="as given")).allowed == {}


def test_a_condition_that_nobody_knows_cannot_be_allowed(tmp_path: Path) -> None:
    a, b = sides(stored(tmp_path, rounds=6, a=2.0, b=2.0)).values()
    with pytest.raises(UnknownName, match="did you mean threads"):
        compared(a, b, allow=["thread"])


def test_a_record_is_not_compared_with_itself(tmp_path: Path) -> None:
    made = stored(tmp_path, rounds=3, a=2.0)
    with pytest.raises(UsageError, match="compared with itself"):
        only(made.folder.name, f"{made.folder.name}/a-fp32", tmp_path)


def test_too_few_rounds_say_so_instead_of_an_answer(tmp_path: Path) -> None:
    found = compared(*sides(stored(tmp_path, rounds=2, a=2.0, b=2.1)).values())
    assert (found.ci95, found.p_value, found.verdict, found.same) == (None, None, None, None)
    assert found.more_rounds == 1


def test_what_is_open_says_how_many_more_rounds_would_tell(tmp_path: Path) -> None:
    made = sides(stored(tmp_path, rounds=4, spread=0.02, a=2.0, b=2.0))
    found = compared(made["a"], made["b"], same_within=0.01)
    assert found.same is None
    assert found.more_rounds is not None
    assert found.more_rounds > 4


@pytest.mark.parametrize(
    ("a", "b", "told"),
    [
        ("CAMPAIGN/other-fp32", "CAMPAIGN/a-fp32", "there is no measured job in .* 'other-fp32'"),
        ("CAMPAIGN", "nowhere/a-fp32", "there is no campaign, record or model file 'nowhere/a-fp32'"),
        ("CAMPAIGN/a-fp32", "model.tflite", "model.tflite is not a campaign or record, and the other is"),
        ("CAMPAIGN/a-fp32/round-1@101500.0", "CAMPAIGN/b-fp32", "is a single block"),
    ],
)  # fmt: skip
def test_what_cannot_be_compared_says_why(a: str, b: str, told: str, tmp_path: Path) -> None:
    name = stored(tmp_path, rounds=3, a=2.0, b=2.0).folder.name
    with pytest.raises(UsageError, match=told):
        only(a.replace("CAMPAIGN", name), b.replace("CAMPAIGN", name), tmp_path)


def test_campaigns_without_a_common_job_are_refused(tmp_path: Path) -> None:
    first, second = stored(tmp_path, rounds=3, a=2.0, b=2.0), stored(tmp_path, rounds=3, c=2.0, d=2.0)  # fmt: skip
    with pytest.raises(UsageError, match="no job in common"):
        compare(first.folder.name, second.folder.name, how=HowToMeasure(workspace=tmp_path))


def test_a_campaign_without_a_measurement_is_refused_with_the_reason(tmp_path: Path) -> None:
    made = stored(tmp_path, rounds=3, a=2.0, b=2.0)
    (made.folder / "records.jsonl").write_bytes(b"")
    with pytest.raises(StoreError, match="holds no measurement that can be used"):
        only(made.folder.name, f"{made.folder.name}/a-fp32", tmp_path)


def goal_of(made: MadeUp, stopping: StoppingRule | None, a: str, b: str) -> Comparison:
    """Two jobs of a campaign that had that goal."""
    loaded = load_campaign(made.folder)
    sides_of = campaign_sides(replace(loaded, plan=replace(loaded.plan, stopping=stopping)))
    by_model = {side.model: side for side in sides_of}
    return compared(by_model[a], by_model[b])


def test_a_ratio_that_ended_its_campaign_is_widened_for_the_looks_and_says_so(
    tmp_path: Path,
) -> None:
    made = stored(tmp_path, rounds=12, spread=0.01, a=2.0, b=2.02, c=2.0)
    rule = StoppingRule(half_width_percent=1.0, ratio_of=("b-fp32", "a-fp32"))
    plain, looked, turned = (
        goal_of(made, stopping, *pair)
        for stopping, *pair in ((None, "a", "b"), (rule, "a", "b"), (rule, "b", "a"))
    )
    factor = widening_for_looks(rule.looks(12))
    assert (plain.looks, looked.looks, turned.looks) == (1, 5, 5)
    assert looked.ratio == pytest.approx(plain.ratio, rel=1e-12)
    assert plain.ci95 is not None
    assert looked.ci95 == pytest.approx(
        tuple(plain.ratio * (end / plain.ratio) ** factor for end in plain.ci95)
    )
    assert turned.ci95 == pytest.approx(tuple(1 / end for end in (looked.ci95 or ())[::-1]))
    assert (looked.p_value or 0.0) >= (plain.p_value or 1.0)
    assert how_tested(looked).endswith(
        "; interval and tests are widened by 9.6 %, since the campaign was to end once this ratio was narrow (5 looks)"
    )
    assert "widened" not in how_tested(plain)


def test_a_goal_for_one_ratio_widens_no_other_one(tmp_path: Path) -> None:
    made = stored(tmp_path, rounds=12, spread=0.01, a=2.0, b=2.02, c=2.0)
    rule = StoppingRule(half_width_percent=1.0, ratio_of=("a-fp32", "b-fp32"))
    of_times = StoppingRule(half_width_percent=1.0)
    for stopping, *pair in ((rule, "a", "c"), (of_times, "a", "b")):
        found, plain = (goal_of(made, each, *pair) for each in (stopping, None))
        assert (found.looks, found.ci95, found.p_value) == (1, plain.ci95, plain.p_value)


def test_a_stored_goal_reaches_compare_and_the_report(tmp_path: Path) -> None:
    made = stored(tmp_path, rounds=10, spread=0.01, a=2.0, b=2.02)
    rule = StoppingRule(half_width_percent=1.0, ratio_of=("a-fp32", "b-fp32"))
    artifacts = load_campaign(made.folder).artifacts
    for name in ("plan.json", "artifacts.json"):
        (made.folder / name).unlink()
    write_plan(made.folder, replace(made.plan, stopping=rule), artifacts)
    found = only(f"{made.folder.name}/a-fp32", f"{made.folder.name}/b-fp32", tmp_path)
    assert found.looks == 3
    a, b = job_results(load_campaign(made.folder))
    assert ratio(a, b).interval == found.ci95
