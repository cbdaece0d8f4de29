"""What was changed on a phone and is not yet as it was: one file per phone, on disk before the phone is touched.

Lines are only ever added, each synced; a last line that was cut short belongs to a change that was not made. The file
is removed when nothing is left to restore.
"""

import hashlib
import os
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import quote

from ghostbench.core.errors import DeviceError
from ghostbench.core.strict import from_json, to_json


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One line of a journal."""

    kind: str  # "change" (about to be made) or "restored"
    number: int  # of the change
    setting: str
    before: str | None  # None: it was not set at all
    to: str
    at: str  # ISO 8601, UTC


class Journal:
    """The journal of one phone."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def pending(self) -> list[Entry]:
        """Changes that are not known to be restored, in the order in which they were made."""
        open_changes: dict[int, Entry] = {}
        for entry in self._entries():
            if entry.kind == "change":
                open_changes[entry.number] = entry
            else:
                open_changes.pop(entry.number, None)
        return list(open_changes.values())

    def note_change(self, setting: str, before: str | None, to: str) -> Entry:
        """Keep what is about to be changed; when the call returns, a crash cannot lose it any more."""
        # A computer may have died when all was restored and the file was still there.
        if self.path.is_file() and not self.pending():
            self.path.unlink(missing_ok=True)
        numbers = [entry.number for entry in self._entries()]
        entry = Entry(
            kind="change",
            number=max(numbers, default=0) + 1,
            setting=setting,
            before=before,
            to=to,
            at=datetime.now(UTC).isoformat(),
        )
        self._append(entry)
        return entry

    def note_restored(self, change: Entry) -> None:
        """That change is undone; the file goes when it was the last."""
        self._append(
            Entry(
                kind="restored",
                number=change.number,
                setting=change.setting,
                before=change.before,
                to=change.to,
                at=datetime.now(UTC).isoformat(),
            )
        )
        if not self.pending():
            self.path.unlink(missing_ok=True)

    def _append(self, entry: Entry) -> None:
        try:
            self.path.parent.mkdir(parents=True, exist_ok=True)
            is_new = not self.path.exists()
            with self.path.open("ab") as file:
                # After a line that was cut short, this one starts on a line of its own.
                torn = file.tell() > 0 and not self._ends_with_newline()
                file.write((b"\n" if torn else b"") + to_json(entry) + b"\n")
                file.flush()
                os.fsync(file.fileno())
            if is_new:
                _sync_folder(self.path.parent)
        except OSError as cause:
            raise DeviceError(
                f"the journal {self.path} cannot be written ({cause.strerror}), so nothing was changed on the phone"
            ) from cause

    def _ends_with_newline(self) -> bool:
        return self.path.read_bytes().endswith(b"\n")

    def _entries(self) -> Iterator[Entry]:
        try:
            lines = self.path.read_bytes().split(b"\n")
        except FileNotFoundError:
            return
        except OSError as cause:
            raise DeviceError(
                f"the journal {self.path} cannot be read: {cause.strerror}"
            ) from cause
        for line in lines:
            try:
                yield from_json(line, Entry)
            except ValueError:
                continue  # cut short while it was written: the change was never made


def _sync_folder(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def state_folder() -> Path:
    """Where ghostbench keeps journals and locks: they belong to the user, whatever the working directory."""
    if given := os.environ.get("GHOSTBENCH_STATE_DIR"):
        return Path(given)
    base = os.environ.get("XDG_STATE_HOME") or Path.home() / ".local" / "state"
    return Path(base) / "ghostbench"


def phone_file(serial: str, suffix: str, folder: Path | None = None) -> Path:
    """The file of a phone, whatever characters its serial has.

    >>> phone_file("../a b:5", ".journal", Path("/s")).name
    '..%2Fa%20b%3A5.journal'
    """
    name = quote(serial, safe="", errors="surrogateescape")
    if len(name) > 150:
        name = name[:100] + "-" + hashlib.sha256(name.encode()).hexdigest()[:16]
    return (folder or state_folder()) / "phones" / (name + suffix)


def journal_of(serial: str, folder: Path | None = None) -> Journal:
    """The journal of that phone."""
    return Journal(phone_file(serial, ".journal.jsonl", folder))
