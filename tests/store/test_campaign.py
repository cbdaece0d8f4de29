from concurrent.futures import ThreadPoolExecutor
from datetime import date
from pathlib import Path

import pytest

from ghostbench.core.errors import StoreError
from ghostbench.device.simulated import SimulatedDevice
from ghostbench.store.campaign import (
    ARTIFACTS,
    PLAN,
    campaign_folders,
    load_campaign,
    new_campaign_folder,
    write_plan,
)
from tests.bench.lab import Lab
from tests.store.made_up import MadeUp, made_up_campaign

TODAY = date(2026, 11, 22)


@pytest.fixture
def campaign(tmp_path: Path) -> MadeUp:
    return made_up_campaign(tmp_path / "results", "a", "b", rounds=2)


def test_a_campaign_is_read_as_it_was_written(campaign: MadeUp) -> None:
    loaded = load_campaign(campaign.store().folder)
    assert loaded.plan == campaign.plan
    assert loaded.records == tuple(campaign.records)
    assert loaded.torn is False
    assert [artifact.name for artifact in loaded.artifacts] == ["a", "b"]
    assert loaded.artifact(campaign.plan.jobs[1].model_sha256) == loaded.artifacts[1]
    assert loaded.artifact("unknown") is None


def test_a_resumed_campaign_continues_exactly_the_missing_blocks(tmp_path: Path) -> None:
    results = tmp_path / "results"
    campaign = made_up_campaign(results, "a", "b", "c", rounds=4)
    campaign.store(campaign.records[:5])
    lab = Lab(tmp_path)
    done = load_campaign(campaign.folder).measured_blocks()
    campaign.store(lab.run(campaign.plan, done=sorted(done)))
    records = load_campaign(campaign.folder).records
    assert [record.block for record in records] == list(campaign.plan.blocks)


def test_a_failed_block_is_worth_another_try(tmp_path: Path) -> None:
    device = SimulatedDevice(faults=lambda model, run: "crash" if run == 1 else None)
    campaign = made_up_campaign(tmp_path / "results", "a", rounds=3, device=device).store()
    measured = load_campaign(campaign.folder).measured_blocks()
    assert measured == {(0, "a-fp32"), (2, "a-fp32")}


def test_folders_are_named_by_date_device_and_number(tmp_path: Path) -> None:
    def made(device: str) -> str:
        return new_campaign_folder(tmp_path / "results", device=device, today=TODAY).name

    assert made("host") == "2026-11-22-host-1"
    assert made("host") == "2026-11-22-host-2"
    assert made("192.168.0.7:5555") == "2026-11-22-192.168.0.7-5555-1"
    assert made("../..") == "2026-11-22-device-1"


def test_many_who_begin_at_once_all_get_their_own_folder(tmp_path: Path) -> None:
    with ThreadPoolExecutor(8) as pool:
        folders = list(
            pool.map(lambda _: new_campaign_folder(tmp_path, device="host", today=TODAY), range(40))
        )
    assert len(set(folders)) == 40


def test_campaigns_are_listed_in_the_order_of_their_numbers(tmp_path: Path) -> None:
    lab = Lab(tmp_path)
    names = []
    for _ in range(11):
        folder = new_campaign_folder(tmp_path / "results", device="host", today=TODAY)
        write_plan(folder, lab.plan("a", campaign=folder.name), [])
        names.append(folder.name)
    (tmp_path / "results" / "published").mkdir()
    assert [folder.name for folder in campaign_folders(tmp_path / "results")] == names
    assert list(campaign_folders(tmp_path / "nowhere")) == []


def test_a_folder_that_was_left_before_its_plan_is_no_campaign(tmp_path: Path) -> None:
    folder = new_campaign_folder(tmp_path, device="host", today=TODAY)
    assert list(campaign_folders(tmp_path)) == []
    with pytest.raises(StoreError, match="is not a campaign: it has no plan"):
        load_campaign(folder)


def test_a_plan_is_written_once(campaign: MadeUp) -> None:
    with pytest.raises(StoreError, match="has a plan already"):
        write_plan(campaign.folder, campaign.plan, [])


def test_writing_leaves_no_scratch_files(campaign: MadeUp) -> None:
    assert sorted(path.name for path in campaign.folder.iterdir()) == [ARTIFACTS, PLAN]


def test_results_that_cannot_be_made_are_one_clear_line(tmp_path: Path) -> None:
    (tmp_path / "results").write_text("a file where the folder should be")
    with pytest.raises(StoreError, match=r"cannot make a campaign folder in .*results"):
        new_campaign_folder(tmp_path / "results", device="host", today=TODAY)


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        ('"schema_version": 1', '"schema_version": 2', "schema 2, this ghostbench reads up to 1"),
        ('"rounds": 2', '"rounds": "two"', "Expected `int`, got `str`"),
        ('"rounds": 2', '"round": 2', "unknown field 'round'"),
        ("{", "", "plan.json: "),
    ],
)
def test_a_plan_that_does_not_fit_is_one_clear_line(
    campaign: MadeUp, old: str, new: str, told: str
) -> None:
    path = campaign.folder / PLAN
    path.write_text(path.read_text().replace(old, new, 1))
    with pytest.raises(StoreError, match=r"plan\.json") as caught:
        load_campaign(campaign.folder)
    assert told in str(caught.value)
    assert "\n" not in str(caught.value)


def test_a_campaign_without_its_artifacts_is_one_clear_line(campaign: MadeUp) -> None:
    (campaign.folder / ARTIFACTS).unlink()
    with pytest.raises(StoreError, match=r"cannot read .*artifacts.json: No such file"):
        load_campaign(campaign.folder)
