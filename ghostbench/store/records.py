"""`records.jsonl`: one finished record a line, appended and synced one by one.

Whatever ends the program, every record whose `append` returned is there. At most the line being written is torn; it
is told and ignored on reading, and cut off before the next record is appended.
"""

import fcntl
import io
import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import BinaryIO

import msgspec

from ghostbench.core.errors import StoreError
from ghostbench.core.record import RunRecord
from ghostbench.core.strict import from_json, from_plain, to_json
from ghostbench.store.durable import sync_folder, told_as_store_error
from ghostbench.store.migrate import migrate

RECORDS = "records.jsonl"
_CHUNK_BYTES = 1 << 20


class RecordWriter:
    """Appends records to a campaign that this process alone may write. Made by `open_records`."""

    def __init__(self, path: Path, file: io.FileIO, *, cut_off_bytes: int) -> None:
        self.cut_off_bytes = cut_off_bytes  # of a record that was being written in a crash before
        self._path, self._file = path, file

    def append(self, record: RunRecord) -> None:
        """Write one record; it is on the disk when this returns."""
        line = to_json(record) + b"\n"
        _check_readable(line, record)
        end = self._file.seek(0, io.SEEK_END)
        try:
            with told_as_store_error(f"append to {self._path} (finished records are safe)"):
                _write_fully(self._file, line)
                os.fsync(self._file.fileno())
        except StoreError:
            with suppress(OSError):  # half a line would only be cut off later
                self._file.truncate(end)
            raise


@contextmanager
def open_records(folder: Path) -> Iterator[RecordWriter]:
    """Open a campaign for appending, as the only one. The lock goes with the process, however it ends."""
    path = folder / RECORDS
    with told_as_store_error(f"open {path}"):
        file = io.FileIO(path, "a+")
        sync_folder(folder)
    with file:
        with told_as_store_error(f"lock and mend {path}"):
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError as cause:
                raise StoreError(f"{folder.name} is being written by another ghostbench") from cause
            cut_off_bytes = _mend(file)
        yield RecordWriter(path, file, cut_off_bytes=cut_off_bytes)


def read_records(folder: Path) -> tuple[tuple[RunRecord, ...], bool]:
    """All finished records, and whether a torn one follows them."""
    return tuple(iterate_records(folder)), _is_torn(folder / RECORDS)


def iterate_records(folder: Path) -> Iterator[RunRecord]:
    """The finished records one by one, for campaigns that are larger than memory likes."""
    path = folder / RECORDS
    if not path.exists():
        return  # planned, and not one block finished
    with told_as_store_error(f"read {path}"), path.open("rb") as file:
        for number, (line, is_last) in enumerate(_lines(file), start=1):
            if is_last and not _is_whole(line):
                return
            try:
                record = from_plain(migrate("record", msgspec.json.decode(line)), RunRecord)
            except (ValueError, StoreError) as cause:
                raise StoreError(f"{path}, line {number}: {cause}") from cause
            yield record


def _is_torn(path: Path) -> bool:
    if not path.exists():
        return False
    with told_as_store_error(f"read {path}"), io.FileIO(path) as file:
        _, line = _last_line(file)
    return bool(line) and not _is_whole(line)


def _check_readable(line: bytes, record: RunRecord) -> None:
    # JSON has no NaN: it would be written as null, and a record that cannot be read again is lost.
    try:
        from_json(line, RunRecord)
    except ValueError as cause:
        raise StoreError(f"{record.record_id} cannot be stored: {cause}") from cause


def _write_fully(file: io.FileIO, line: bytes) -> None:
    rest = memoryview(line)
    while rest:
        rest = rest[file.write(rest) :]


def _mend(file: io.FileIO) -> int:
    """Make the file end with a whole line; say how many bytes of a torn one were cut off."""
    start, line = _last_line(file)
    if not line:
        return 0
    if not _is_whole(line):
        file.truncate(start)
    elif not line.endswith(b"\n"):  # only the line break was lost
        _write_fully(file, b"\n")
    else:
        return 0
    os.fsync(file.fileno())
    return 0 if _is_whole(line) else len(line)


def _last_line(file: io.FileIO) -> tuple[int, bytes]:
    """Where the last line starts, and the line."""
    start, tail = file.seek(0, io.SEEK_END), b""
    while start > 0 and b"\n" not in tail[:-1]:
        length = min(_CHUNK_BYTES, start)
        start = file.seek(start - length)
        tail = _read_fully(file, length) + tail
    place = tail.rfind(b"\n", 0, max(len(tail) - 1, 0)) + 1
    return start + place, tail[place:]


def _read_fully(file: io.FileIO, length: int) -> bytes:
    content = b""
    while len(content) < length and (more := file.read(length - len(content))):
        content += more
    return content


def _is_whole(line: bytes) -> bool:
    """Whether this is a complete JSON text; a part of an object never is."""
    try:
        msgspec.json.decode(line)
    except msgspec.DecodeError:
        return False
    return True


def _lines(file: BinaryIO) -> Iterator[tuple[bytes, bool]]:
    """Each line, and whether it is the last."""
    line = file.readline()
    while line:
        following = file.readline()
        yield line, not following
        line = following
