"""What a search and its scoring process say to each other, one line of JSON each."""

from dataclasses import dataclass
from pathlib import Path

from ghostbench.core.model_spec import ModelSpec

# What is built in, by the names of `--score`.
PROXY, TRAINING = "proxy-naswot", "training"
BUILT_IN = {
    PROXY: "ghostbench.zoo.enlarge_proxy:naswot",
    TRAINING: "ghostbench.zoo.enlarge_training:short_training",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class TrainingImage:
    """One image file and its class."""

    path: Path
    label: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ScoringSetup:
    """The first line: how every candidate is scored."""

    function: str  # "module:function"
    folder: Path  # where the module of the user may lie, beside what is installed
    seed: int
    epochs: int
    classes: int  # of the images
    training: tuple[TrainingImage, ...] = ()
    held_out: tuple[TrainingImage, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class ScoreRequest:
    """Each further line: a network to score."""

    spec: ModelSpec


@dataclass(frozen=True, slots=True, kw_only=True)
class ScoreReport:
    """The answer to the setup (nothing, or why it cannot be) and to each request."""

    score: float | None = None
    failure: str | None = None
    unreadable: tuple[str, ...] = ()  # images that are left out
