"""Frames of results: sessions join into one row, and rows tell how a file was quantised."""

import shutil
from dataclasses import replace
from pathlib import Path

import pytest

from ghostbench.core.artifact import Quantization
from ghostbench.store.campaign import load_campaign, write_plan
from ghostbench.store.query import load_blocks, load_results
from ghostbench.store.seal import seal
from ghostbench.store.sessions import joined_results, load_sessions
from tests.store.made_up import MadeUp, made_up_campaign
from tests.workflows.test_sessions import days


def with_sessions(tmp_path: Path, kernel: str = "") -> list[MadeUp]:
    """Three sessions of one plan, in the results of a workspace."""
    return days(tmp_path, 2.0, 2.1, 2.2, kernel=kernel)


def test_sessions_of_a_plan_are_one_row_as_in_every_report(tmp_path: Path) -> None:
    made = with_sessions(tmp_path)
    frame = load_results(workspace=tmp_path)
    joined = joined_results(load_sessions(made[0].folder))
    assert list(frame["record_id"]) == [result.record_id for result in joined]
    assert list(frame["median_ms"]) == [result.median_ns / 1e6 for result in joined]
    assert list(frame["sessions"]) == [3, 3]
    assert list(frame["blocks"]) == [18, 18]
    assert frame["created_at"].unique().tolist() == [made[0].plan.created_at]


def test_each_session_may_have_a_row_of_its_own(tmp_path: Path) -> None:
    made = with_sessions(tmp_path)
    frame = load_results(workspace=tmp_path, each_session=True)
    assert list(frame["campaign"].unique()) == [one.folder.name for one in made]
    assert list(frame["sessions"]) == [1] * 6


def test_the_name_of_the_first_session_stands_for_all_and_of_a_further_one_for_itself(
    tmp_path: Path,
) -> None:
    made = with_sessions(tmp_path)
    assert list(load_results(made[0].folder)["sessions"]) == [3, 3]
    alone = load_results(made[1].folder)
    assert list(alone["sessions"]) == [1, 1]
    assert list(alone["campaign"].unique()) == [made[1].folder.name]
    assert list(load_results(made[0].folder, each_session=True)["blocks"]) == [6, 6]


def test_sessions_that_were_not_measured_alike_stay_apart_and_are_told(tmp_path: Path) -> None:
    made = with_sessions(tmp_path, kernel="another one")
    with pytest.warns(UserWarning, match="stands by itself, it was not measured alike: kernel"):
        frame = load_results(workspace=tmp_path)
    assert list(frame["campaign"].unique()) == [one.folder.name for one in made]


def test_a_session_whose_first_is_gone_stands_for_itself(tmp_path: Path) -> None:
    made = with_sessions(tmp_path)
    shutil.rmtree(made[0].folder)
    frame = load_results(workspace=tmp_path)
    assert list(frame["campaign"].unique()) == [one.folder.name for one in made[1:]]


def test_a_broken_session_is_told_and_the_others_are_joined(tmp_path: Path) -> None:
    made = with_sessions(tmp_path)
    (made[1].folder / "artifacts.json").write_text("{}")
    with pytest.warns(UserWarning, match=r"left out: .*artifacts\.json"):
        frame = load_results(workspace=tmp_path)
    assert list(frame["sessions"]) == [2, 2]


LABEL = "int8: 1 operator with one scale for each channel; int8 in, int8 out; no operator in floats"


def quantized(campaign: MadeUp, *, told: bool) -> MadeUp:
    """The campaign of an int8 file; old records do not tell how it was made."""
    facts = Quantization(per_channel=1, per_tensor=0, takes="int8", gives="int8")
    loaded = load_campaign(campaign.folder)
    artifacts = [replace(a, precision="int8", quantization=facts) for a in loaded.artifacts]
    jobs = tuple(replace(job, quantization=LABEL if told else None) for job in loaded.plan.jobs)
    for name in ("plan.json", "artifacts.json"):
        (campaign.folder / name).unlink()
    write_plan(campaign.folder, replace(loaded.plan, jobs=jobs), artifacts)
    campaign.records[:] = [
        replace(r, job=replace(r.job, quantization=LABEL if told else None))
        for r in campaign.records
    ]
    return campaign.store()


@pytest.mark.parametrize("told", [True, False], ids=["told by the record", "by the file alone"])
def test_how_a_file_was_quantised_is_a_column(tmp_path: Path, told: bool) -> None:
    campaign = quantized(made_up_campaign(tmp_path / "results", "a", rounds=3), told=told)
    assert load_results(campaign.folder)["quantization"].tolist() == [LABEL]
    seal(campaign.folder)
    blocks = load_blocks(campaign.folder)["quantization"]
    assert blocks.tolist() == [LABEL] * 3 if told else blocks.isna().all()
    plain = made_up_campaign(tmp_path / "results", "b", rounds=3).store()
    assert load_results(plain.folder)["quantization"].isna().all()
