"""What an engine printed is kept word for word."""

from pathlib import Path

import pytest

from ghostbench.core.errors import StoreError
from ghostbench.store.raw_output import RAW, RawOutput

ID = "2026-11-22-host-1/a b:x-fp32/round-1@12.5"
LINES = ['{"event":"hello"}', "", "not JSON: \ufffd ü", "\udcff is a byte that is no text"]


def test_what_was_printed_is_read_again_word_for_word(tmp_path: Path) -> None:
    kept = RawOutput(tmp_path)
    kept.keep(ID, LINES)
    assert RawOutput(tmp_path).read(ID) == [LINES]


def test_each_attempt_at_a_block_is_kept(tmp_path: Path) -> None:
    kept = RawOutput(tmp_path)
    kept.keep(ID, ["cut sh"])
    kept.keep(ID, LINES)
    assert kept.read(ID) == [["cut sh"], LINES]


def test_a_block_that_printed_nothing_leaves_no_file(tmp_path: Path) -> None:
    kept = RawOutput(tmp_path)
    kept.keep(ID, [])
    assert kept.read(ID) == []
    assert list(tmp_path.iterdir()) == []


def test_no_name_of_a_job_leaves_the_folder(tmp_path: Path) -> None:
    RawOutput(tmp_path).keep("c/../../../etc/passwd/round-1@1", ["x"])
    (file,) = [path for path in tmp_path.rglob("*") if path.is_file()]
    assert file.parent == tmp_path / RAW


def test_a_damaged_file_is_told(tmp_path: Path) -> None:
    kept = RawOutput(tmp_path)
    kept.keep(ID, LINES)
    (file,) = (tmp_path / RAW).iterdir()
    file.write_bytes(file.read_bytes()[:-9])
    with pytest.raises(StoreError, match="is damaged"):
        kept.read(ID)


def test_it_is_much_smaller_than_what_was_printed(tmp_path: Path) -> None:
    lines = [f'{{"event":"sample","index":{n},"duration_ns":{5_000_000 + n}}}' for n in range(5000)]
    RawOutput(tmp_path).keep(ID, lines)
    (file,) = (tmp_path / RAW).iterdir()
    assert file.stat().st_size < sum(map(len, lines)) / 5
