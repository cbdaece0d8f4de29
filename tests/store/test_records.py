import math
import multiprocessing
import os
import resource
import subprocess
import sys
import time
from dataclasses import replace
from multiprocessing.synchronize import Event
from pathlib import Path

import msgspec
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ghostbench.core.errors import StoreError
from ghostbench.core.record import SCHEMA_VERSION
from ghostbench.core.strict import to_json, to_plain
from ghostbench.device.simulated import SimulatedDevice
from ghostbench.store.records import RECORDS, open_records, read_records
from tests.store.made_up import MadeUp, made_up_campaign

ROOT = Path(__file__).parents[2]


@pytest.fixture
def campaign(tmp_path: Path) -> MadeUp:
    return made_up_campaign(tmp_path / "results", "a", "b", rounds=2)


def test_records_are_read_as_they_were_written(campaign: MadeUp) -> None:
    campaign.store()
    assert read_records(campaign.folder) == (tuple(campaign.records), False)


def test_a_failed_block_is_kept_like_any_other(tmp_path: Path) -> None:
    device = SimulatedDevice(faults=lambda model, run: "crash")
    campaign = made_up_campaign(tmp_path / "results", "a", device=device).store()
    records, _ = read_records(campaign.folder)
    assert [record.measurement for record in records] == [None, None]


def test_appending_goes_on_where_it_ended(campaign: MadeUp) -> None:
    campaign.store(campaign.records[:1]).store(campaign.records[1:])
    assert read_records(campaign.folder) == (tuple(campaign.records), False)


def test_a_campaign_without_a_record_is_empty(campaign: MadeUp) -> None:
    assert read_records(campaign.folder) == ((), False)
    with open_records(campaign.folder):
        pass
    assert read_records(campaign.folder) == ((), False)


@settings(
    max_examples=100, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(data=st.data())
def test_wherever_the_file_is_cut_all_whole_records_stay(
    campaign: MadeUp, data: st.DataObject
) -> None:
    path = campaign.folder / RECORDS
    whole = b"".join(to_json(record) + b"\n" for record in campaign.records)
    ends = [i + 1 for i, byte in enumerate(whole) if byte == ord("\n")]
    near_an_end = st.sampled_from([e + d for e in ends for d in (-2, -1, 0) if e + d <= len(whole)])
    cut = data.draw(st.one_of(st.integers(0, len(whole)), near_an_end))
    path.write_bytes(whole[:cut])

    complete = sum(end - 1 <= cut for end in ends)  # without its line break a record is whole, too
    records, torn = read_records(campaign.folder)
    assert records == tuple(campaign.records[:complete])
    last_break = max([0, *(end for end in ends if end <= cut)])
    assert torn == (cut not in (last_break, *(end - 1 for end in ends)))

    with open_records(campaign.folder) as writer:
        assert writer.cut_off_bytes == (cut - last_break if torn else 0)
        for record in campaign.records[complete:]:
            writer.append(record)
    assert path.read_bytes() == whole


def test_zeros_that_a_power_cut_left_behind_are_torn_too(campaign: MadeUp) -> None:
    campaign.store(campaign.records[:2])
    path = campaign.folder / RECORDS
    with path.open("ab") as file:
        file.write(b"\0" * 5000)
    assert read_records(campaign.folder) == (tuple(campaign.records[:2]), True)
    campaign.store(campaign.records[2:])
    assert read_records(campaign.folder) == (tuple(campaign.records), False)


def test_a_last_line_longer_than_what_is_read_at_once_is_mended(campaign: MadeUp) -> None:
    campaign.store(campaign.records[:1])
    path = campaign.folder / RECORDS
    with path.open("ab") as file:
        file.write(b'{"x": "' + b"y" * 3_000_000)
    with open_records(campaign.folder) as writer:
        assert writer.cut_off_bytes == 3_000_007
    assert read_records(campaign.folder) == (tuple(campaign.records[:1]), False)


def test_a_damaged_line_in_the_middle_is_an_error_that_names_it(campaign: MadeUp) -> None:
    campaign.store()
    path = campaign.folder / RECORDS
    lines = path.read_bytes().split(b"\n")
    lines[1] = lines[1][:100]
    path.write_bytes(b"\n".join(lines))
    with pytest.raises(StoreError, match=r"records.jsonl, line 2: "):
        read_records(campaign.folder)


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ({"schema_version": SCHEMA_VERSION + 1}, "update ghostbench"),
        ({"surplus": 1}, "unknown field 'surplus'"),
        ({"attempt": "1"}, "Expected `int`, got `str`"),
    ],
)
def test_a_record_that_does_not_fit_is_refused_even_as_the_last(
    campaign: MadeUp, change: dict[str, object], told: str
) -> None:
    plain = to_plain(campaign.records[0]) | change
    (campaign.folder / RECORDS).write_bytes(msgspec.json.encode(plain) + b"\n")
    with pytest.raises(StoreError, match=f"line 1: .*{told}"):
        read_records(campaign.folder)


def test_a_record_that_could_not_be_read_again_is_not_written(campaign: MadeUp) -> None:
    record = campaign.records[0]
    hot = replace(record.state_before, temperatures_celsius={"cpu": math.nan})
    with (
        pytest.raises(StoreError, match="cannot be stored"),
        open_records(campaign.folder) as writer,
    ):
        writer.append(replace(record, state_before=hot))
    assert read_records(campaign.folder) == ((), False)


def _hold(folder: Path, held: Event) -> None:
    with open_records(folder):
        held.set()
        time.sleep(600)  # the test ends this process long before


def test_two_processes_do_not_write_one_campaign(campaign: MadeUp) -> None:
    context = multiprocessing.get_context("spawn")
    held = context.Event()
    holder = context.Process(target=_hold, args=(campaign.folder, held))
    holder.start()
    try:
        assert held.wait(60)
        with (
            pytest.raises(StoreError, match="is being written by another ghostbench"),
            open_records(campaign.folder),
        ):
            pass
    finally:
        holder.kill()
        holder.join()
    campaign.store()
    assert len(read_records(campaign.folder)[0]) == 4


def test_a_reader_does_not_wait_for_the_writer(campaign: MadeUp) -> None:
    with open_records(campaign.folder) as writer:
        writer.append(campaign.records[0])
        assert read_records(campaign.folder) == (tuple(campaign.records[:1]), False)


def test_a_full_disk_is_one_clear_line_and_harms_nothing(campaign: MadeUp) -> None:
    """A limit on the file's size stands in for the disk: the system writes what fits, then refuses."""
    campaign.store(campaign.records[:2])
    path = campaign.folder / RECORDS
    size = path.stat().st_size
    old = resource.getrlimit(resource.RLIMIT_FSIZE)
    with open_records(campaign.folder) as writer:
        resource.setrlimit(resource.RLIMIT_FSIZE, (size + 100, old[1]))
        try:
            with pytest.raises(StoreError, match=r"cannot append to .*File too large") as caught:
                writer.append(campaign.records[2])
        finally:
            resource.setrlimit(resource.RLIMIT_FSIZE, old)
        assert "\n" not in str(caught.value)
        assert path.stat().st_size == size  # the half line is gone
        writer.append(campaign.records[2])
    assert read_records(campaign.folder) == (tuple(campaign.records[:3]), False)


def test_a_folder_that_is_not_there_is_one_clear_line(tmp_path: Path) -> None:
    with (
        pytest.raises(StoreError, match="No such file or directory"),
        open_records(tmp_path / "nowhere"),
    ):
        pass


@pytest.mark.skipif(os.geteuid() == 0, reason="nothing is forbidden to root")
def test_a_forbidden_folder_is_one_clear_line(campaign: MadeUp) -> None:
    campaign.folder.chmod(0o500)
    try:
        with pytest.raises(StoreError, match="Permission denied"), open_records(campaign.folder):
            pass
    finally:
        campaign.folder.chmod(0o700)


def test_a_record_is_on_the_disk_before_append_returns(campaign: MadeUp) -> None:
    """Watched from outside: the write and the sync of each record come before the next step."""
    campaign.store(campaign.records[:1])
    seen = subprocess.run(
        [
            sys.executable,
            "-c",
            "import os, sys; from pathlib import Path\n"
            "from ghostbench.store.records import open_records, read_records\n"
            "folder = Path(sys.argv[1]); record = read_records(folder)[0][0]\n"
            "sync = os.fsync; order = []\n"
            "os.fsync = lambda fd: (order.append(os.fstat(fd).st_size), sync(fd))\n"
            "with open_records(folder) as writer:\n"
            "    order.clear(); writer.append(record)\n"
            "print(order[-1] == (folder / 'records.jsonl').stat().st_size, len(order))",
            str(campaign.folder),
        ],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )
    assert seen.stdout.split() == ["True", "1"]
