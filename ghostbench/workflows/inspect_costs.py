"""What findings cost: milliseconds where this very file was profiled, else multiply-adds or bytes."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from ghostbench.core.errors import UsageError
from ghostbench.core.folders import results_folder
from ghostbench.core.profile import Figure, ModelProfile, ProfileComparison
from ghostbench.core.strict import from_json

if TYPE_CHECKING:
    from ghostbench.graph.findings import Finding


def find_profile(sha256: str, given: Path | None, workspace: Path | None) -> ModelProfile | None:
    """The profile that is given, or else the newest stored one of the file with this SHA-256.

    Raises UsageError when the given one cannot be read or is of another file.
    """
    if given is None:
        stored = results_folder(workspace).glob("*/profile.json")
        newest_first = sorted(stored, key=lambda path: path.stat().st_mtime_ns, reverse=True)
        return next((one for path in newest_first if (one := _in_stored(path, sha256))), None)
    try:
        profiles = list(read_profiles(given.read_bytes()))
    except OSError as cause:
        raise UsageError(f"{given}: cannot be read: {cause.strerror or cause}") from cause
    except ValueError as cause:
        raise UsageError(f"{given}: no profile of this version of ghostbench: {cause}") from cause
    for profile in profiles:
        if profile.model_sha256 == sha256:
            return profile
    raise UsageError(
        f"{given} is a profile of {profiles[0].model}, not of this file; make one with: ghostbench profile FILE"
    )


def _in_stored(path: Path, sha256: str) -> ModelProfile | None:
    try:
        content = path.read_bytes()
        if sha256.encode() not in content:
            return None
        return next((one for one in read_profiles(content) if one.model_sha256 == sha256), None)
    except (OSError, ValueError):  # unfinished, or of another version: as if there were none
        return None


def read_profiles(content: bytes) -> Iterator[ModelProfile]:
    """The profile, or both of a comparison, in the bytes of a `profile.json`. Raises ValueError."""
    if b'"ratio_ci95"' in content:
        comparison = from_json(content, ProfileComparison)
        yield from (comparison.a, comparison.b)
    else:
        yield from_json(content, ModelProfile)


def with_times(
    findings: Iterable["Finding"], profile: ModelProfile | None
) -> tuple["Finding", ...]:
    """The findings with the time that their operators took."""
    if profile is None:
        return tuple(findings)
    return tuple(_with_time(finding, profile) for finding in findings)


def _with_time(finding: "Finding", profile: ModelProfile) -> "Finding":
    if finding.subgraph or not finding.operators:
        return finding
    time = time_of(profile, finding.operators)
    return replace(finding, ns=time.ns, ci95_ns=time.ci95_ns, share=time.ns / profile.sum.ns)


def time_of(profile: ModelProfile, operators: Sequence[int]) -> Figure:
    """The time of several operators together, with the interval that the processes give."""
    import numpy as np

    from ghostbench.bench.profile_result import figure

    wanted = set(operators)
    mine = [one.time for one in profile.operators if one.index in wanted]
    if not mine or len({len(one.rounds_ns) for one in mine}) > 1 or not mine[0].rounds_ns:
        return Figure(ns=sum(one.ns for one in mine))
    return figure(np.sum([one.rounds_ns for one in mine], axis=0))


def by_cost(findings: Iterable["Finding"]) -> tuple["Finding", ...]:
    """What breaks the model first; then what costs most, in time, else in multiply-adds and bytes."""
    from ghostbench.graph.explanations import SEVERITIES

    return tuple(
        sorted(
            findings,
            key=lambda one: (SEVERITIES.index(one.severity), -(one.ns or 0), -one.macs, -one.bytes),
        )
    )
