"""What the main process and its workers say to each other, one line of JSON each, and what becomes of a build."""

from dataclasses import dataclass
from pathlib import Path

from ghostbench.core.artifact import Artifact
from ghostbench.zoo.recipe import Recipe

# For one run of the ONNX route's tools. GhostNet 1.0x takes 47 s of one core; this is for a large network on a slow
# machine.
TOOLS_TIMEOUT_S = 600.0


@dataclass(frozen=True, slots=True, kw_only=True)
class NetworkJob:
    """To a worker: the files of one network. All recipes have the same spec and weights."""

    recipes: tuple[Recipe, ...]
    folder: Path  # where checked files are published
    scratch: Path
    tools_timeout_s: float = TOOLS_TIMEOUT_S  # for a run of the ONNX route's tools


@dataclass(frozen=True, slots=True, kw_only=True)
class BuildFailure:
    """A file that could not be built, or was refused."""

    name: str
    precision: str
    error: str  # one line
    reasons: tuple[str, ...] = ()  # the gate's, when it refused the file
    log: str = ""  # the last lines of what the tools printed


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """From a worker: one file is done, or (with neither) the whole network."""

    artifact: Artifact | None = None
    failure: BuildFailure | None = None
    rss_bytes: int = 0
