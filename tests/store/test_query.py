import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from ghostbench.core.errors import StoreError
from ghostbench.device.simulated import SimulatedDevice
from ghostbench.device.simulated_faults import Fault
from ghostbench.store.campaign import PLAN, load_campaign
from ghostbench.store.query import load_blocks, load_results, load_samples
from ghostbench.store.records import RECORDS
from ghostbench.store.results import job_results
from ghostbench.store.seal import SEAL, is_sealed, seal
from tests.store.made_up import MadeUp, made_up_campaign


@pytest.fixture
def campaigns(tmp_path: Path) -> list[MadeUp]:
    """Three campaigns in the results of a workspace: sealed, sealed and grown since, never sealed."""
    results = tmp_path / "results"
    made = [
        made_up_campaign(results, "a", "b", rounds=4, device=SimulatedDevice(seed))
        for seed in (1, 2, 3)
    ]
    seal(made[0].store().folder)
    made[1].store(made[1].records[:3])
    seal(made[1].folder)
    made[1].store(made[1].records[3:])
    made[2].store()
    return made


def test_one_row_for_each_job_of_each_campaign(campaigns: list[MadeUp], tmp_path: Path) -> None:
    frame = load_results(workspace=tmp_path)
    assert list(frame["record_id"]) == [
        result.record_id
        for campaign in campaigns
        for result in job_results(load_campaign(campaign.folder))
    ]
    assert list(frame["device"].unique()) == ["simulated:1", "simulated:2", "simulated:3"]


def test_a_row_joins_the_figures_with_the_facts_of_the_model(campaigns: list[MadeUp]) -> None:
    row = load_results(campaigns[0].folder).iloc[0]
    result = job_results(load_campaign(campaigns[0].folder))[0]
    assert (row["model"], row["title"], row["family"]) == ("a", "A", "made-up")
    assert (row["params"], row["macs"]) == (1000, 2000)
    assert row["median_ms"] == result.median_ns / 1e6
    assert result.ci95_ns is not None
    assert (row["ci95_low_ms"], row["ci95_high_ms"]) == tuple(ns / 1e6 for ns in result.ci95_ns)
    assert row["blocks"] == 4
    assert row["samples"] == len(result.samples)
    assert bool(row["emulated"]) is True
    assert row["purpose"] == "test"
    assert row["cautions"].startswith("emulated, 4 of 4 blocks: ")


def test_what_is_not_known_is_missing(tmp_path: Path) -> None:
    campaign = made_up_campaign(tmp_path / "results", "a", rounds=2).store()
    artifacts = campaign.folder / "artifacts.json"
    artifacts.write_text('{"schema_version": 1, "artifacts": []}')
    row = load_results(campaign.folder).iloc[0]
    for name in ("params", "macs", "title", "ci95_low_ms", "p95_ms", "cpu"):
        assert pd.isna(row[name]), name


def test_without_campaigns_the_frames_are_empty_but_have_their_columns(tmp_path: Path) -> None:
    for load, column in (
        (load_results, "median_ms"),
        (load_blocks, "median_ns"),
        (load_samples, "duration_ns"),
    ):
        frame = load(workspace=tmp_path)
        assert len(frame) == 0
        assert column in frame.columns


def test_blocks_and_samples_come_from_sealed_and_unsealed_campaigns_alike(
    campaigns: list[MadeUp], tmp_path: Path
) -> None:
    blocks, samples = load_blocks(workspace=tmp_path), load_samples(workspace=tmp_path)
    records = [record for campaign in campaigns for record in campaign.records]
    assert sorted(blocks["record_id"]) == sorted(record.record_id for record in records)
    assert len(samples) == sum(
        len(record.measurement.samples.phase) for record in records if record.measurement
    )
    timed = samples[samples["phase"] == "timed"]
    medians = timed.groupby("record_id")["duration_ns"].median()
    assert np.allclose(medians.loc[blocks["record_id"]].to_numpy(), blocks["median_ns"])


def test_sealing_does_not_change_what_is_read(campaigns: list[MadeUp]) -> None:
    folder = campaigns[2].folder
    before = [load(folder) for load in (load_results, load_blocks, load_samples)]
    seal(folder)
    for old, load in zip(before, (load_results, load_blocks, load_samples), strict=True):
        pd.testing.assert_frame_equal(old, load(folder))


def test_samples_stand_in_the_order_in_which_they_ran(campaigns: list[MadeUp]) -> None:
    for _, block in load_samples(campaigns[0].folder).groupby("record_id"):
        assert list(block["sample"]) == list(range(len(block)))
        assert block["started_ns"].is_monotonic_increasing


def test_a_folder_of_campaigns_can_be_named(campaigns: list[MadeUp], tmp_path: Path) -> None:
    pd.testing.assert_frame_equal(
        load_results(str(tmp_path / "results")), load_results(workspace=tmp_path)
    )


def test_a_broken_campaign_among_others_is_told_and_left_out(
    campaigns: list[MadeUp], tmp_path: Path
) -> None:
    (campaigns[1].folder / PLAN).write_text("{}")
    with pytest.warns(UserWarning, match=r"left out: .*plan\.json"):
        frame = load_results(workspace=tmp_path)
    assert list(frame["device"].unique()) == ["simulated:1", "simulated:3"]
    with pytest.raises(StoreError, match=r"plan\.json"):
        load_results(campaigns[1].folder)


def test_a_place_without_campaigns_is_an_error_when_it_was_named(tmp_path: Path) -> None:
    with pytest.raises(StoreError, match="no campaign and no folder of campaigns at"):
        load_results(tmp_path / "nowhere")


def test_keeping_records_loads_neither_pandas_nor_duckdb() -> None:
    code = (
        "import sys, ghostbench.store.campaign, ghostbench.store.records, ghostbench.bench.run\n"
        "print(sorted({'pandas', 'duckdb', 'matplotlib'} & set(sys.modules)))"
    )
    seen = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert seen.stdout.strip() == "[]"


def test_blocks_bear_their_verdict_and_the_codes_of_its_reasons(tmp_path: Path) -> None:
    faults: dict[int, Fault] = {
        1: "throttled",
        3: "crash",
    }  # the second run, and the one after its repetition
    device = SimulatedDevice(faults=lambda model, run: faults.get(run))
    campaign = made_up_campaign(tmp_path / "results", "a", rounds=4, device=device).store()
    before = load_blocks(campaign.folder)
    told = {
        (row["round"], row["attempt"]): (row["verdict"], row["counts"], list(row["reasons"]))
        for row in before.to_dict("records")
    }
    assert told[0, 1] == ("SUSPECT", True, ["emulated"])
    assert told[1, 1] == ("INVALID", False, ["slowed", "probe-slow", "emulated"])
    assert told[1, 2] == ("SUSPECT", True, ["emulated"])
    assert told[2, 1] == ("INVALID", False, ["failed"])
    row = load_results(campaign.folder).iloc[0]
    assert (row["verdict"], row["excluded_blocks"]) == ("SUSPECT", 1)
    assert row["reasons"].startswith("suspect emulated: ")
    assert "p95: " in row["withheld"]


def test_tables_of_an_older_make_are_not_read(campaigns: list[MadeUp]) -> None:
    folder = campaigns[0].folder
    before = load_blocks(folder)
    (folder / SEAL).write_text(json.dumps({"records_bytes": (folder / RECORDS).stat().st_size}))
    assert not is_sealed(folder)
    pd.testing.assert_frame_equal(load_blocks(folder), before)
