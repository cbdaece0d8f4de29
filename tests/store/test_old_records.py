"""Campaigns as older versions wrote them, in tests/fixtures/records/: they must load for ever."""

from pathlib import Path

import pytest

from ghostbench.store.campaign import load_campaign
from ghostbench.store.results import job_results
from ghostbench.store.seal import is_sealed, seal
from ghostbench.store.sides import campaign_sides

FOLDERS = sorted((Path(__file__).resolve().parent.parent / "fixtures" / "records").iterdir())


@pytest.mark.parametrize("folder", FOLDERS, ids=lambda folder: folder.name)
def test_an_old_campaign_loads_with_everything_that_was_measured(folder: Path) -> None:
    campaign = load_campaign(folder)
    assert len(campaign.plan.jobs) == 2
    assert len(campaign.records) == len(campaign.plan.blocks) == 8
    assert not campaign.torn
    assert [record.failure is None for record in campaign.records].count(False) == 1
    assert all(campaign.artifact(job.model_sha256) for job in campaign.plan.jobs)


@pytest.mark.parametrize("folder", FOLDERS, ids=lambda folder: folder.name)
def test_the_figures_of_an_old_campaign_stay_what_they_were(folder: Path) -> None:
    medians = {result.model: result.median_ns for result in job_results(load_campaign(folder))}
    assert medians == MEDIANS


@pytest.mark.parametrize("folder", FOLDERS, ids=lambda folder: folder.name)
def test_an_old_campaign_can_be_compared_and_sealed(folder: Path, tmp_path: Path) -> None:
    assert [side.model for side in campaign_sides(load_campaign(folder))] == ["steady", "other"]
    copy = tmp_path / "old"
    copy.mkdir()
    for path in folder.iterdir():
        (copy / path.name).write_bytes(path.read_bytes())
    seal(copy)
    assert is_sealed(copy)


# As schema 1 gave them when it was the present one.
MEDIANS = {"steady": 1995664.0, "other": 2409950.5}
