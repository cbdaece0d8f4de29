"""Sessions of one plan: how they are found, joined, compared and refused."""

from dataclasses import replace
from pathlib import Path

import pytest

from ghostbench.core.errors import StoreError, UnknownName, UsageError
from ghostbench.core.plan import RunSettings
from ghostbench.store.campaign import load_campaign, write_plan
from ghostbench.store.records import open_records
from ghostbench.store.sessions import joined_campaign, joined_results, joined_sides, load_sessions
from ghostbench.workflows.compare import compare, compared
from ghostbench.workflows.guard import check, write_baseline
from ghostbench.workflows.measure import HowToMeasure, MeasureOutcome
from ghostbench.workflows.plan_file import PlannedRun, load_plan_file
from ghostbench.workflows.preview import preview_session
from ghostbench.workflows.report import load_study
from ghostbench.workflows.run import run
from ghostbench.workflows.sessions import load_alike, run_session, sessions_of
from tests.bench.lab import Notes
from tests.store.made_up import MadeUp
from tests.workflows.made_up_sides import stored

TINY = Path(__file__).parents[1] / "fixtures"
QUICK = RunSettings(min_ms=20, warmup_min_ms=5)


def days(
    workspace: Path, *times_ms: float, kernel: str = "", allowed: tuple[str, ...] = ()
) -> list[MadeUp]:
    """A campaign and its further sessions: model `a` takes so long on each day, `b` twice as long.

    From the second on they were measured on that kernel.
    """
    made = [stored(workspace, 6, day, 0.004, a=ms, b=2 * ms) for day, ms in enumerate(times_ms)]
    for number, session in enumerate(made[1:], start=1):
        plan = replace(
            session.plan,
            joins=made[0].plan.campaign,
            allowed=allowed,
            created_at=f"2026-11-{22 + number}T10:15:00+00:00",
        )
        records = [
            replace(r, device=replace(r.device, kernel=kernel or r.device.kernel))
            for r in session.records
        ]
        artifacts = load_campaign(session.folder).artifacts
        for old in session.folder.iterdir():
            old.unlink()
        write_plan(session.folder, plan, artifacts)
        with open_records(session.folder) as writer:
            for record in records:
                writer.append(record)
    return made


def test_a_campaign_stands_for_all_of_its_sessions_and_a_session_for_itself(tmp_path: Path) -> None:
    made = days(tmp_path, 2.0, 2.1, 2.2)
    assert [c.folder for c in load_sessions(made[0].folder)] == [m.folder for m in made]
    assert [c.folder for c in load_sessions(made[1].folder)] == [made[1].folder]
    assert sessions_of(made[2].folder.name, workspace=tmp_path) == tuple(m.folder for m in made)


def test_three_sessions_give_an_interval_as_wide_as_days_differ(tmp_path: Path) -> None:
    made = days(tmp_path, 2.0, 2.1, 2.2)
    result, _ = joined_results(load_sessions(made[0].folder))
    alone = [joined_results([load_campaign(m.folder)])[0] for m in made]
    assert result.median_ns == sorted(each.median_ns for each in alone)[1]
    assert result.ci95_ns is not None
    assert result.ci95_ns[0] < alone[0].median_ns
    assert result.ci95_ns[1] > alone[2].median_ns
    assert [each.median_ns for each in result.sessions] == [each.median_ns for each in alone]
    assert [each.campaign for each in result.sessions] == [m.plan.campaign for m in made]
    assert result.record_id == f"{made[0].plan.campaign}/a-fp32"
    assert "interval" not in result.withheld


def test_two_sessions_cannot_say_how_days_differ_and_say_so(tmp_path: Path) -> None:
    made = days(tmp_path, 2.0, 2.1)
    result, _ = joined_results(load_sessions(made[0].folder))
    assert result.ci95_ns is None
    assert result.withheld["interval"].startswith("two sessions, ")
    assert "a third one gives an interval" in result.withheld["interval"]


def test_every_sample_block_and_round_of_all_sessions_is_kept_apart(tmp_path: Path) -> None:
    made = days(tmp_path, 2.0, 2.1, 2.2)
    sessions = load_sessions(made[0].folder)
    result, _ = joined_results(sessions)
    alone = [joined_results([session])[0] for session in sessions]
    assert len(result.samples) == sum(len(each.samples) for each in alone)
    assert [block.session for block in result.blocks] == 6 * [0] + 6 * [1] + 6 * [2]
    assert [block.round for block in result.blocks] == list(range(18))
    joined = joined_campaign(sessions)
    assert len(joined.records) == sum(len(session.records) for session in sessions)
    assert joined.plan.rounds == 18


def test_reasons_of_all_sessions_are_counted_together(tmp_path: Path) -> None:
    made = days(tmp_path, 2.0, 2.1, 2.2)
    result, _ = joined_results(load_sessions(made[0].folder))
    (emulated,) = (reason for reason in result.reasons if reason.code == "emulated")
    assert (emulated.evidence["blocks"], emulated.evidence["of_blocks"]) == (18, 18)
    assert any(told.startswith("emulated, 18 of 18 blocks") for told in result.cautions)


def test_a_ratio_over_three_sessions_is_tested_on_sessions_and_steadier_than_days(
    tmp_path: Path,
) -> None:
    made = days(tmp_path, 2.0, 2.4, 2.8)
    a, b = joined_sides(load_sessions(made[0].folder))
    found = compared(a, b)
    assert (found.unit, found.rounds, found.paired, found.doubts) == ("session", 3, True, ())
    assert found.ci95 is not None
    assert found.ci95[0] < 0.5 < found.ci95[1]
    assert found.ci95[1] - found.ci95[0] < 0.02


def test_a_ratio_over_two_sessions_is_tested_on_rounds_and_doubted(tmp_path: Path) -> None:
    made = days(tmp_path, 2.0, 2.4)
    found = compared(*joined_sides(load_sessions(made[0].folder)))
    assert (found.unit, found.rounds) == ("round", 12)
    assert found.doubts[0].startswith("two-sessions: ")


def test_two_campaigns_of_three_sessions_each_are_compared_by_days_without_doubt(
    tmp_path: Path,
) -> None:
    before, after = days(tmp_path, 2.0, 2.02, 2.04), days(tmp_path, 2.5, 2.52, 2.54)
    outcome = compare(
        before[0].folder.name, after[0].folder.name, how=HowToMeasure(workspace=tmp_path)
    )
    found = outcome.comparisons[0]
    assert (found.unit, found.paired, found.verdict, found.doubts) == ("session", False, -1, ())


def test_sessions_named_beside_each_other_stand_each_for_itself(tmp_path: Path) -> None:
    made = days(tmp_path, 2.0, 2.3, 2.6)
    names = [m.folder.name for m in made]
    found = compare(names[0], names[1], how=HowToMeasure(workspace=tmp_path)).comparisons[0]
    assert (len(found.a.rounds), len(found.b.rounds), found.unit) == (6, 6, "block")
    checked = check(names[0], [names[1]], how=HowToMeasure(workspace=tmp_path))
    assert checked.slower is True


def test_a_baseline_holds_all_sessions_and_is_not_compared_with_itself(tmp_path: Path) -> None:
    name = days(tmp_path, 2.0, 2.02, 2.04)[0].folder.name
    baseline = write_baseline(tmp_path / "base.json", [name], workspace=tmp_path)
    assert baseline.jobs[0].sessions == tuple(6 * [0] + 6 * [1] + 6 * [2])
    later = stored(tmp_path, 8, 9, 0.004, a=2.5, b=5.0).folder.name
    outcome = check(str(tmp_path / "base.json"), [later], how=HowToMeasure(workspace=tmp_path))
    assert outcome.slower is True
    with pytest.raises(UsageError, match="compared with itself"):
        check(str(tmp_path / "base.json"), [name], how=HowToMeasure(workspace=tmp_path))


def test_campaigns_of_two_workspaces_that_bear_one_name_have_no_rounds_in_common(
    tmp_path: Path,
) -> None:
    for place in ("x", "y"):
        (tmp_path / place).mkdir()
    a = joined_sides(load_sessions(stored(tmp_path / "x", 6, 1, a=2.0, b=3.0).folder))[0]
    b = joined_sides(load_sessions(stored(tmp_path / "y", 6, 2, a=2.2, b=3.0).folder))[0]
    alike = replace(b, label=a.label, campaign=a.campaign)
    assert compared(a, alike).paired is False


def test_sessions_that_were_not_measured_alike_are_refused_by_name(tmp_path: Path) -> None:
    folder = days(tmp_path, 2.0, 2.1, 2.2, kernel="6.99")[0].folder
    with pytest.raises(
        UsageError, match=r"was not measured alike: kernel differs: .* and 6.99.*--allow kernel"
    ):
        load_alike(folder)
    with pytest.raises(UsageError, match="kernel differs"):
        load_study(folder, workspace=tmp_path)
    with pytest.raises(UnknownName):
        load_alike(folder, allow=["kernl"])
    assert len(load_alike(folder, each_alone=True)) == 1
    assert len(load_alike(folder, allow=["kernel"])) == 3


def test_sessions_that_were_allowed_to_differ_are_joined_and_told(tmp_path: Path) -> None:
    folder = days(tmp_path, 2.0, 2.1, 2.2, kernel="6.99", allowed=("kernel",))[0].folder
    result, _ = joined_results(load_alike(folder))
    (reason,) = (reason for reason in result.reasons if reason.code == "sessions-unlike")
    assert "6.99" in str(reason.evidence["kernel"])
    assert any(told.startswith("sessions-unlike: ") for told in result.cautions)


def test_a_report_tells_of_all_sessions_or_of_one(tmp_path: Path) -> None:
    made = days(tmp_path, 2.0, 2.1, 2.2)
    study = load_study(made[0].folder, workspace=tmp_path)
    assert study.blocks == 36
    assert len(study.groups[0].networks[0].result.sessions) == 3
    assert load_study(made[0].folder, workspace=tmp_path, alone=True).blocks == 12
    assert load_study(made[1].folder, workspace=tmp_path).blocks == 12


def planned(workspace: Path, text: str = "", **changes: object) -> PlannedRun:
    path = workspace / "plan.toml"
    path.write_text(
        f'models = ["{TINY / "tiny_conv.tflite"}"]\ndevice = "simulated"\nrounds = 3\n'
        f"[settings]\nmin_ms = 20\nwarmup_min_ms = 5\n{text}"
    )
    read = load_plan_file(path, workspace=workspace)
    return replace(read, how=replace(read.how, **changes))  # type: ignore[arg-type]  # fields of the test's choice


def measured(plan: PlannedRun, notes: Notes | None = None) -> MeasureOutcome:
    return run(plan.targets, precision=plan.precisions, how=plan.how, progress=notes)


def test_a_plan_that_is_run_again_joins_by_itself(tmp_path: Path) -> None:
    notes = Notes()
    outcomes = [measured(planned(tmp_path), notes) for _ in range(3)]
    plans = [load_campaign(outcome.folder).plan for outcome in outcomes]
    assert [plan.joins for plan in plans] == ["", plans[0].campaign, plans[0].campaign]
    assert len(outcomes[2].results[0].sessions) == 3
    assert outcomes[2].results[0].ci95_ns is not None
    assert any("--new begins anew" in line for line in notes.said)


def test_another_plan_a_wish_for_a_new_one_and_a_run_without_plan_begin_anew(
    tmp_path: Path,
) -> None:
    first = planned(tmp_path)
    measured(first)
    others = [
        planned(tmp_path, "min_runs = 11"),
        planned(tmp_path, anew=True),
        planned(tmp_path, written=""),
    ]
    assert [load_campaign(measured(other).folder).plan.joins for other in others] == ["", "", ""]


def test_a_plan_joins_the_newest_campaign_that_was_begun_anew(tmp_path: Path) -> None:
    measured(planned(tmp_path))
    newest = measured(planned(tmp_path, anew=True)).folder
    plan_path = newest / "plan.json"
    made_at = load_campaign(newest).plan.created_at
    plan_path.write_text(plan_path.read_text().replace(made_at, "2099-01-01T00:00:00+00:00"))
    assert load_campaign(measured(planned(tmp_path)).folder).plan.joins == newest.name


def test_resuming_a_plan_goes_on_with_its_newest_session(tmp_path: Path) -> None:
    measured(planned(tmp_path))
    second = measured(planned(tmp_path)).folder
    records = (second / "records.jsonl").read_bytes().splitlines(keepends=True)
    (second / "records.jsonl").write_bytes(b"".join(records[:1]))
    outcome = measured(planned(tmp_path, resume=True))
    assert outcome.folder == second
    assert len(load_campaign(second).measured_blocks()) == 3


def test_an_unfinished_session_is_pointed_at_when_a_plan_is_run_again(tmp_path: Path) -> None:
    first = measured(planned(tmp_path)).folder
    records = (first / "records.jsonl").read_bytes().splitlines(keepends=True)
    (first / "records.jsonl").write_bytes(b"".join(records[:1]))
    notes = Notes()
    measured(planned(tmp_path), notes)
    assert f"{first.name} was not finished; --resume goes on with it instead" in notes.said


def test_changed_conditions_keep_a_plan_from_joining_and_are_refused_when_asked_for(
    tmp_path: Path,
) -> None:
    first = measured(planned(tmp_path)).folder
    records = first / "records.jsonl"
    kernel = load_campaign(first).records[0].device.kernel
    records.write_text(records.read_text().replace(f'"kernel":"{kernel}"', '"kernel":"5.0-old"'))
    notes = Notes()
    assert load_campaign(measured(planned(tmp_path), notes).folder).plan.joins == ""
    assert any(
        "kernel differs: 5.0-old" in line and "a new campaign begins" in line for line in notes.said
    )
    with pytest.raises(UsageError, match=r"kernel differs: 5.0-old.*--allow kernel"):
        run_session(first.name, workspace=tmp_path)
    outcome = run_session(first.name, workspace=tmp_path, allow=["kernel"])
    assert load_campaign(outcome.folder).plan.allowed == ("kernel",)
    assert any(reason.code == "sessions-unlike" for reason in outcome.results[0].reasons)


def test_what_is_no_campaign_cannot_be_joined(tmp_path: Path) -> None:
    with pytest.raises(StoreError, match="there is no campaign 'nowhere'"):
        run_session("nowhere", workspace=tmp_path)
    (tmp_path / "x").mkdir()
    elsewhere = stored(tmp_path / "x", 3, a=2.0, b=3.0).folder
    with pytest.raises(UsageError, match="run this where it was measured"):
        run_session(str(elsewhere), workspace=tmp_path)


def test_a_preview_of_a_session_names_the_jobs_and_what_it_joins(tmp_path: Path) -> None:
    name = stored(tmp_path, 4, a=2.0, b=3.0).folder.name
    shown = preview_session(name, workspace=tmp_path)
    assert (shown.jobs, shown.joins, shown.rounds_at_most) == (("a-fp32", "b-fp32"), name, 4)


def test_a_job_that_only_some_sessions_measured_is_told_of_those(tmp_path: Path) -> None:
    made = days(tmp_path, 2.0, 2.1, 2.2)
    records = made[2].folder / "records.jsonl"
    kept = [
        line
        for line in records.read_bytes().splitlines(keepends=True)
        if b'"job_id":"b-fp32"' not in line
    ]
    records.write_bytes(b"".join(kept))
    of_a, of_b = joined_results(load_sessions(made[0].folder))
    assert [len(of_a.sessions), len(of_b.sessions)] == [3, 2]
    assert of_b.ci95_ns is None


def test_a_torn_session_is_read_as_far_as_it_goes_and_told_and_a_broken_plan_too(
    tmp_path: Path,
) -> None:
    made = days(tmp_path, 2.0, 2.1, 2.2)
    records = made[2].folder / "records.jsonl"
    records.write_bytes(records.read_bytes()[:-500])
    (made[1].folder / "plan.json").write_text('{"schema_version": 1, "pl')
    notes = Notes()
    sessions = load_alike(made[0].folder, progress=notes)
    assert [session.folder for session in sessions] == [made[0].folder, made[2].folder]
    assert len(sessions[1].records) == 11
    assert any(line.startswith("passed over: ") and "plan.json" in line for line in notes.said)
    assert any("its last record is torn" in line for line in notes.said)
