import os
from pathlib import Path

import duckdb
import pytest

from ghostbench.core.errors import StoreError
from ghostbench.device.simulated import SimulatedDevice
from ghostbench.store.query import load_samples
from ghostbench.store.records import RECORDS
from ghostbench.store.seal import BLOCKS_PARQUET, SAMPLES_PARQUET, SEAL, is_sealed, seal
from tests.store.made_up import MadeUp, made_up_campaign

SEALED = (BLOCKS_PARQUET, SAMPLES_PARQUET, SEAL)


@pytest.fixture
def campaign(tmp_path: Path) -> MadeUp:
    device = SimulatedDevice(faults=lambda model, run: "crash" if run == 1 else None)
    return made_up_campaign(tmp_path / "it's results", "a", "b", device=device)


def rows(path: Path) -> list[dict[str, object]]:
    with duckdb.connect() as database:
        relation = database.read_parquet(str(path))
        return [dict(zip(relation.columns, row, strict=True)) for row in relation.fetchall()]


def test_every_block_is_a_row_measured_or_not(campaign: MadeUp) -> None:
    seal(campaign.store().folder)
    found = rows(campaign.folder / BLOCKS_PARQUET)
    assert [row["record_id"] for row in found] == [r.record_id for r in campaign.records]
    failed, measured = found[1], found[0]
    assert failed["median_ns"] is None
    assert failed["failure"] == campaign.records[1].failure
    assert measured["failure"] is None
    assert measured["emulated"] is True
    assert measured["threads"] == 1
    assert measured["cautions"] == list(campaign.records[0].cautions)
    assert measured["argv"] == list(campaign.records[0].argv)


def test_every_inference_is_a_row(campaign: MadeUp) -> None:
    seal(campaign.store().folder)
    found = rows(campaign.folder / SAMPLES_PARQUET)
    expected = [
        (record.record_id, i, phase, duration_ns)
        for record in campaign.records
        if record.measurement
        for i, (phase, duration_ns) in enumerate(
            zip(
                record.measurement.samples.phase,
                record.measurement.samples.duration_ns,
                strict=True,
            )
        )
    ]
    assert [
        (row["record_id"], row["sample"], row["phase"], row["duration_ns"]) for row in found
    ] == expected


def test_the_truth_stays_as_it_was(campaign: MadeUp) -> None:
    before = (campaign.store().folder / RECORDS).read_bytes()
    seal(campaign.folder)
    assert (campaign.folder / RECORDS).read_bytes() == before


def test_sealing_twice_changes_nothing(campaign: MadeUp) -> None:
    seal(campaign.store().folder)
    before = [(campaign.folder / name).stat() for name in SEALED]
    seal(campaign.folder)
    after = [(campaign.folder / name).stat() for name in SEALED]
    assert [(s.st_ino, s.st_mtime_ns) for s in before] == [(s.st_ino, s.st_mtime_ns) for s in after]


def test_what_was_added_after_sealing_is_taken_in_by_sealing_again(campaign: MadeUp) -> None:
    campaign.store(campaign.records[:2])
    seal(campaign.folder)
    assert is_sealed(campaign.folder)
    campaign.store(campaign.records[2:])
    assert not is_sealed(campaign.folder)
    seal(campaign.folder)
    assert len(rows(campaign.folder / BLOCKS_PARQUET)) == len(campaign.records)


@pytest.mark.parametrize("missing", SEALED)
def test_a_seal_that_was_interrupted_is_no_seal(campaign: MadeUp, missing: str) -> None:
    seal(campaign.store().folder)
    (campaign.folder / missing).unlink()
    assert not is_sealed(campaign.folder)
    seal(campaign.folder)
    assert is_sealed(campaign.folder)
    assert len(rows(campaign.folder / SAMPLES_PARQUET)) == len(load_samples(campaign.folder))


def test_a_damaged_seal_is_no_seal(campaign: MadeUp) -> None:
    seal(campaign.store().folder)
    (campaign.folder / SEAL).write_text("{")
    assert not is_sealed(campaign.folder)


def test_a_campaign_without_records_can_be_sealed(campaign: MadeUp) -> None:
    seal(campaign.folder)
    assert rows(campaign.folder / BLOCKS_PARQUET) == []
    assert rows(campaign.folder / SAMPLES_PARQUET) == []


def test_sealing_leaves_no_scratch_files(campaign: MadeUp) -> None:
    seal(campaign.store().folder)
    names = {path.name for path in campaign.folder.iterdir()}
    assert names == {"plan.json", "artifacts.json", RECORDS, *SEALED}


@pytest.mark.skipif(os.geteuid() == 0, reason="nothing is forbidden to root")
def test_a_forbidden_folder_is_one_clear_line(campaign: MadeUp) -> None:
    campaign.store().folder.chmod(0o500)
    try:
        with pytest.raises(StoreError, match="cannot write"):
            seal(campaign.folder)
    finally:
        campaign.folder.chmod(0o700)
