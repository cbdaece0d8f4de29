"""A real process that writes is ended by SIGKILL, again and again."""

import random
import select
import signal
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path

import pytest

from ghostbench.core.record import RunRecord
from ghostbench.core.strict import to_json
from ghostbench.store.records import RECORDS, open_records, read_records
from tests.store.made_up import made_up_campaign

ROOT = Path(__file__).parents[2]
KILLS = 10


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A campaign folder with a record of megabytes to copy, so that a kill often falls into a write."""
    campaign = made_up_campaign(tmp_path / "results", "a", rounds=1)
    record = campaign.records[0]
    assert record.measurement is not None
    samples = record.measurement.samples
    longer = replace(samples, **{name: getattr(samples, name) * 2500 for name in samples.__slots__})
    template = replace(record, measurement=replace(record.measurement, samples=longer))
    (campaign.folder / "template.json").write_bytes(to_json(template))
    return campaign.folder


def killed_writer(folder: Path, first: int, after_s: float, *, writing: bool = False) -> list[int]:
    """The numbers that a writer said were safe, before it was killed that long after its first one.

    With `writing`, the blow falls as soon as the file is seen to grow after that.
    """
    command = [sys.executable, "-m", "tests.store.appender", str(folder), str(first)]
    path = folder / RECORDS
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE) as writer:
        assert writer.stdout is not None
        ready, _, _ = select.select([writer.stdout], [], [], 60)
        assert ready, "the writer did not start"
        time.sleep(after_s)
        size = path.stat().st_size
        while writing and path.stat().st_size == size and writer.poll() is None:
            pass
        writer.send_signal(signal.SIGKILL)
        said = writer.stdout.read().split(b"\n")[:-1]
        assert writer.wait() == -signal.SIGKILL
    return [int(line) for line in said]


def numbers(records: tuple[RunRecord, ...]) -> list[int]:
    return [int(record.record_id.removeprefix("record-")) for record in records]


def test_a_killed_writer_loses_no_finished_record(folder: Path) -> None:
    rng, expected, torn_seen = random.Random(1), 0, 0
    for kill in range(KILLS):
        after_s = rng.uniform(0, 0.03)
        safe = killed_writer(folder, expected, after_s, writing=kill % 2 == 0)
        records, torn = read_records(folder)
        torn_seen += torn
        found = numbers(records)
        # Every record that was said to be safe is there; one more may have been finished but not said.
        assert found == list(range(len(found)))
        assert safe[-1] <= found[-1] <= safe[-1] + 1
        expected = len(found)
    with open_records(folder) as writer:
        assert writer.cut_off_bytes >= 0
    assert read_records(folder)[1] is False
    print(f"{expected} records, {torn_seen} of {KILLS} kills tore one")


def test_a_lock_ends_with_the_process_that_was_killed(folder: Path) -> None:
    killed_writer(folder, 0, 0.0)
    with open_records(folder):
        pass
