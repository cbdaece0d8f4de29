"""Candidates of a search on disk, one line each as soon as it is known: `candidates.jsonl`."""

import hashlib
import os
from pathlib import Path

from ghostbench.core.enlarging import Candidate, SearchIdentity, Shape
from ghostbench.core.errors import StoreError
from ghostbench.core.strict import from_json, to_json
from ghostbench.store.durable import told_as_store_error

CANDIDATES = "candidates.jsonl"


class CandidateLedger:
    """Every candidate of a search by its shape; the last line of a shape holds."""

    def __init__(self, folder: Path, identity: SearchIdentity) -> None:
        self._path, self._identity = folder / CANDIDATES, identity
        self.kept = self._read()
        self.found_on_opening = len(self.kept)

    def add(self, candidate: Candidate) -> None:
        """Write a candidate down, on the disk when this returns."""
        with told_as_store_error(f"write {self._path}"):
            self._path.parent.mkdir(parents=True, exist_ok=True)
            with self._path.open("ab") as file:
                if file.tell() == 0:
                    file.write(to_json(self._identity) + b"\n")
                file.write(to_json(candidate) + b"\n")
                file.flush()
                os.fsync(file.fileno())
        self.kept[candidate.shape] = candidate

    def _read(self) -> dict[Shape, Candidate]:
        path = self._path
        if not path.exists():
            return {}
        try:
            content = path.read_bytes()
            whole = content[: content.rfind(b"\n") + 1]
            if len(whole) < len(content):  # what a crash left half written
                os.truncate(path, len(whole))
            lines = whole.splitlines()
            if lines and from_json(lines[0], SearchIdentity) != self._identity:
                raise StoreError(f"{path} is of another search; remove the folder to begin anew")
            found = [from_json(line, Candidate) for line in lines[1:]]
        except (OSError, ValueError) as cause:
            raise StoreError(f"{path}: {cause}; remove the folder to begin anew") from cause
        return {candidate.shape: candidate for candidate in found}


def folder_name(identity: SearchIdentity) -> str:
    """A folder of its own for each search."""
    return hashlib.sha256(to_json(identity)).hexdigest()[:12]
