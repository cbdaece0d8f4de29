"""What to build: one network, as `models/*.toml` describes it."""

from collections.abc import Mapping
from dataclasses import dataclass, field

OptionValue = str | int | float | bool


@dataclass(frozen=True, slots=True, kw_only=True)
class PublishedRef:
    """Which rows of a table in `results/published/` speak of this network.

    A row belongs when its `model` (and `variant`, where given) are equal and its source starts with `source`.
    """

    table: str  # "accuracy" or "latency"
    source: str
    model: str
    variant: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Expected:
    """What the built network must count to."""

    params: int  # trainable parameters, batch-norm scale and shift included, moving statistics not
    macs: int  # multiply-adds of convolutions, fully connected layers and matrix products, batch 1
    source: str  # where the two numbers come from
    tolerance_percent: float = 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelSpec:
    """One network: which architecture, with which options, and what is known of it."""

    name: str
    title: str  # as the papers print it
    family: str
    architecture: str  # a key of zoo.registry
    input_px: int
    classes: int = 1000
    options: Mapping[str, OptionValue] = field(default_factory=dict)
    expected: Expected | None = None  # None for a variant made on the command line
    published: tuple[PublishedRef, ...] = ()
