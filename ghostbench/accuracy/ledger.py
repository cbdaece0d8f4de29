"""Answers on disk, one line each, so that hours of work survive being ended: `answers.jsonl`."""

import hashlib
import os
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from ghostbench.core.accuracy import Prediction, Preprocessing
from ghostbench.core.errors import StoreError
from ghostbench.core.strict import from_json, to_json

ANSWERS = "answers.jsonl"


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """What is asked: the same question later may take the answers that are there."""

    schema: int = 1
    model_sha256: str
    dataset_sha256: str
    preprocessing: Preprocessing
    label_offset: int
    runtime: str

    @property
    def folder_name(self) -> str:
        """A folder of its own for each question."""
        return hashlib.sha256(to_json(self)).hexdigest()[:16]


def read_answers(folder: Path, question: Question) -> list[Prediction]:
    """The answers that are there already; what a crash left half written is cut off."""
    path = folder / ANSWERS
    if not path.exists():
        return []
    try:
        content = path.read_bytes()
        whole = content[: content.rfind(b"\n") + 1]
        if len(whole) < len(content):
            os.truncate(path, len(whole))
        lines = whole.splitlines()
        if lines and from_json(lines[0], Question) != question:
            raise StoreError(f"{path} answers another question; remove the folder to begin anew")
        return [from_json(line, Prediction) for line in lines[1:]]
    except (OSError, ValueError) as cause:
        raise StoreError(f"{path}: {cause}; remove the folder to begin anew") from cause


def add_answers(folder: Path, question: Question, answers: Iterable[Prediction]) -> None:
    """Write answers down, on the disk when this returns."""
    path = folder / ANSWERS
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with path.open("ab") as file:
            if file.tell() == 0:
                file.write(to_json(question) + b"\n")
            file.writelines(to_json(answer) + b"\n" for answer in answers)
            file.flush()
            os.fsync(file.fileno())
    except OSError as cause:
        raise StoreError(f"cannot write {path}: {cause.strerror or cause}") from cause
