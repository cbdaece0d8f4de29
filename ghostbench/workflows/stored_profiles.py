"""Stored profiles, found by the model file that they are of."""

from collections.abc import Collection
from pathlib import Path

from ghostbench.core.folders import results_folder
from ghostbench.core.profile import ModelProfile
from ghostbench.workflows.inspect_costs import read_profiles


def profiles_of(hashes: Collection[str], workspace: Path | None = None) -> list[ModelProfile]:
    """Every stored profile of these files, the newest last; what cannot be read is passed over.

    An unfinished profile, or one of another version, is no reason to withhold a report.
    """
    stored = results_folder(workspace).glob("*/profile.json")
    found: list[ModelProfile] = []
    for path in sorted(stored, key=lambda path: path.stat().st_mtime_ns):
        try:
            content = path.read_bytes()
            if any(sha256.encode() in content for sha256 in hashes):
                found += (one for one in read_profiles(content) if one.model_sha256 in hashes)
        except (OSError, ValueError):
            continue
    return found
