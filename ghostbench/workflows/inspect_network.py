"""Which network of the zoo a file should be, and what that must count to."""

from dataclasses import dataclass
from pathlib import Path

from ghostbench.core.artifact import Artifact
from ghostbench.core.errors import GhostbenchError
from ghostbench.core.strict import from_json


@dataclass(frozen=True, slots=True, kw_only=True)
class ExpectedCount:
    """What a network's specification says."""

    network: str
    macs: int | None  # None for a variant that nobody has counted
    tolerance_percent: float


def expected_of(
    path: Path, sha256: str, network: str | None, workspace: Path | None
) -> ExpectedCount | None:
    """The count of the network that is named, or that the file was built from; None where neither is known.

    Raises UnknownName, with the nearest names, for a network that is not in the zoo.
    """
    if network is not None:
        return _count_of(network, workspace)
    built = built_artifact(path, sha256)
    if built is None:
        return None
    try:
        return _count_of(built.name, workspace)
    except GhostbenchError:  # built from a specification that is not here
        return None


def _count_of(name: str, workspace: Path | None) -> ExpectedCount:
    from ghostbench.zoo.specs import load_specs, resolve

    spec = resolve(name, load_specs(workspace))
    expected = spec.expected
    return ExpectedCount(
        network=spec.name,
        macs=expected.macs if expected else None,
        tolerance_percent=expected.tolerance_percent if expected else 0.0,
    )


def built_artifact(path: Path, sha256: str) -> Artifact | None:
    """What the file beside it says of it, if that speaks of these very bytes."""
    try:
        artifact = from_json(path.with_suffix(".json").read_bytes(), Artifact)
    except (OSError, ValueError):
        return None
    return artifact if artifact.sha256 == sha256 and artifact.route != "given" else None
