"""One campaign, one folder: made once, read any time.

plan.json        what was to be measured; written before the first record
artifacts.json   the facts of the model files
records.jsonl    one finished block a line: the truth
*.parquet        the same once more for quick questions, made by `seal`
"""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import TypeVar

import msgspec

from ghostbench.core.artifact import Artifact
from ghostbench.core.errors import StoreError
from ghostbench.core.plan import Plan
from ghostbench.core.record import SCHEMA_VERSION, RunRecord
from ghostbench.core.strict import from_plain, to_json
from ghostbench.store.durable import sync_folder, told_as_store_error, write_whole
from ghostbench.store.migrate import migrate
from ghostbench.store.records import read_records

PLAN = "plan.json"
ARTIFACTS = "artifacts.json"

T = TypeVar("T")


@dataclass(frozen=True, slots=True, kw_only=True)
class Campaign:
    """Everything that one folder holds."""

    folder: Path
    plan: Plan
    artifacts: tuple[Artifact, ...]
    records: tuple[RunRecord, ...]
    torn: bool  # a record was being written when the program ended, or is being written now

    def artifact(self, model_sha256: str) -> Artifact | None:
        """The facts of the file with that hash."""
        return next((a for a in self.artifacts if a.sha256 == model_sha256), None)

    def measured_blocks(self) -> set[tuple[int, str]]:
        """Round and job of every block that was measured; failed ones are worth another try."""
        return {
            (record.block.round, record.block.job_id)
            for record in self.records
            if record.measurement is not None
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class _PlanFile:
    schema_version: int
    plan: Plan


@dataclass(frozen=True, slots=True, kw_only=True)
class _ArtifactsFile:
    schema_version: int
    artifacts: tuple[Artifact, ...]


def new_campaign_folder(results: Path, *, device: str, today: date) -> Path:
    """Make a folder that no other campaign has: date, device, and the first free number."""
    readable = re.sub(r"[^A-Za-z0-9._]+", "-", device).strip("-.") or "device"
    with told_as_store_error(f"make a campaign folder in {results}"):
        results.mkdir(parents=True, exist_ok=True)
        number = 1
        while True:
            folder = results / f"{today.isoformat()}-{readable}-{number}"
            try:
                folder.mkdir()  # the system decides between two that want the same number
            except FileExistsError:
                number += 1
            else:
                sync_folder(results)
                return folder


def write_plan(folder: Path, plan: Plan, artifacts: Iterable[Artifact]) -> None:
    """Write down what is going to be measured. Done once; a plan is never changed."""
    if (folder / PLAN).exists():
        raise StoreError(f"{folder} has a plan already")
    facts = _ArtifactsFile(schema_version=SCHEMA_VERSION, artifacts=tuple(artifacts))
    write_whole(folder / ARTIFACTS, msgspec.json.format(to_json(facts), indent=1) + b"\n")
    # Last, so that a folder with a plan has its artifacts too.
    planned = _PlanFile(schema_version=SCHEMA_VERSION, plan=plan)
    write_whole(folder / PLAN, msgspec.json.format(to_json(planned), indent=1) + b"\n")


def load_campaign(folder: Path) -> Campaign:
    """Read a whole campaign, running or finished. Raises StoreError when any of it cannot be read."""
    plan = load_plan(folder)
    artifacts = _read(folder / ARTIFACTS, "artifacts", _ArtifactsFile).artifacts
    records, torn = read_records(folder)
    return Campaign(folder=folder, plan=plan, artifacts=artifacts, records=records, torn=torn)


def load_plan(folder: Path) -> Plan:
    """What a campaign was to measure. Raises StoreError when that cannot be read."""
    if not (folder / PLAN).is_file():
        raise StoreError(f"{folder} is not a campaign: it has no {PLAN}")
    return _read(folder / PLAN, "plan", _PlanFile).plan


def campaign_folders(results: Path) -> Iterator[Path]:
    """The campaigns in a results folder, by date, device and number."""

    def by_number(folder: Path) -> tuple[str, int, str]:
        name, _, number = folder.name.rpartition("-")
        return name, int(number) if number.isdecimal() else 0, number

    yield from sorted((plan.parent for plan in results.glob(f"*/{PLAN}")), key=by_number)


def _read(path: Path, document: str, kind: type[T]) -> T:
    with told_as_store_error(f"read {path}"):
        text = path.read_bytes()
    try:
        return from_plain(migrate(document, msgspec.json.decode(text)), kind)
    except (ValueError, StoreError) as cause:
        raise StoreError(f"{path}: {cause}") from cause
