"""A baseline: the few numbers of a campaign that a later one is held against, in one small JSON file.

It holds the median of every block, so that the comparison knows how far blocks differ, and what they were measured
under. It is meant to be kept beside the code that it guards.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

import msgspec

from ghostbench.core.comparison import Side
from ghostbench.core.errors import StoreError
from ghostbench.core.strict import from_plain, to_json
from ghostbench.core.version import VERSION
from ghostbench.store.durable import told_as_store_error, write_whole

# History: 1 first version.
BASELINE_SCHEMA = 1
KIND = "ghostbench baseline"


@dataclass(frozen=True, slots=True, kw_only=True)
class Baseline:
    """What the file holds."""

    kind: str
    schema_version: int
    ghostbench: str  # version of the tool that wrote it
    jobs: tuple[Side, ...]


def write_baseline(path: Path, jobs: Iterable[Side]) -> Baseline:
    """Write a baseline, in place of the one that is there."""
    baseline = Baseline(
        kind=KIND, schema_version=BASELINE_SCHEMA, ghostbench=VERSION, jobs=tuple(jobs)
    )
    write_whole(path, msgspec.json.format(to_json(baseline), indent=1) + b"\n")
    return baseline


def read_baseline(path: Path) -> Baseline:
    """Read a baseline. Raises StoreError when it is none, damaged, or of a newer ghostbench."""
    with told_as_store_error(f"read {path}"):
        text = path.read_bytes()
    try:
        plain = msgspec.json.decode(text)
        _check_head(plain)
        baseline = from_plain(plain, Baseline)
    except (ValueError, StoreError) as cause:
        raise StoreError(f"{path}: {cause}") from cause
    if not baseline.jobs:
        raise StoreError(f"{path}: the baseline holds no job")
    for job in baseline.jobs:
        _check_job(path, job)
    return baseline


def _check_head(plain: object) -> None:
    if not isinstance(plain, dict) or plain.get("kind") != KIND:
        raise StoreError(
            "this is not a baseline; write one with: ghostbench check --write-baseline FILE CAMPAIGN"
        )
    version = plain.get("schema_version")
    if type(version) is not int or version < 1:
        raise StoreError("the baseline does not say its schema_version")
    if version > BASELINE_SCHEMA:
        raise StoreError(
            f"the baseline has schema {version}, this ghostbench reads up to {BASELINE_SCHEMA}; update ghostbench"
        )


def _check_job(path: Path, job: Side) -> None:
    if not job.medians_ns or len(job.medians_ns) != len(job.rounds):
        raise StoreError(f"{path}: {job.job_id} has {len(job.rounds)} rounds and "
                         f"{len(job.medians_ns)} medians")  # fmt: skip
    if job.sessions and len(job.sessions) != len(job.rounds):
        raise StoreError(
            f"{path}: {job.job_id} has {len(job.rounds)} rounds and says the session of {len(job.sessions)}"
        )
    if not all(0 < median < float("inf") for median in job.medians_ns):
        raise StoreError(f"{path}: {job.job_id} has a median that is no time")
