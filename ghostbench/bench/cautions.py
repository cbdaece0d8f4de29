"""The kinds of doubt about a measured block: each says what happened, what it means, what to do.

Fields are the evidence, `code` is the kind: a record keeps the text, and cautions of many blocks are counted by code.
"""

from dataclasses import dataclass
from typing import ClassVar, Protocol


class Caution(Protocol):
    """A reason for doubt; its fields are the evidence."""

    code: ClassVar[str]  # one word, by which cautions of many blocks are counted


def as_text(caution: Caution) -> str:
    """How a record keeps it: the code first, so that many blocks' cautions can be counted."""
    return f"{caution.code}: {caution}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Emulated:
    """The device is not a real one."""

    code: ClassVar[str] = "emulated"

    def __str__(self) -> str:
        return (
            "the device is emulated, so its times mean nothing. Use them to try things out, "
            "and a real device for figures."
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class ExtraThreads:
    """More threads than asked for."""

    code: ClassVar[str] = "extra-threads"
    asked: int
    seen: int

    def __str__(self) -> str:
        return (
            f"the process had {self.seen} threads instead of {self.asked}, so the time is not that of "
            f"{self.asked}. Check the engine's version, or pin the runner to one core."
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class OffCore:
    """Not always on the core that was asked for."""

    code: ClassVar[str] = "off-core"
    asked: int
    percent: float
    others: tuple[int, ...]

    def __str__(self) -> str:
        cores = ", ".join(map(str, self.others))
        return (
            f"{self.percent:.1f} % of the inferences ran on core {cores} though core {self.asked} was asked for, "
            "so the times mix cores. Check that nothing changes the pinning, or choose another core."
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class MixedClusters:
    """On fast and on slow cores."""

    code: ClassVar[str] = "mixed-clusters"
    clusters: tuple[str, ...]

    def __str__(self) -> str:
        return (
            f"the inferences ran on {' and '.join(self.clusters)} cores, so the times mix fast and slow ones. "
            "Choose a core with --core."
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class NotAccelerated:
    """Not all operators on the accelerated kernels."""

    code: ClassVar[str] = "not-accelerated"

    def __str__(self) -> str:
        return (
            "some operators ran outside XNNPACK, on slower kernels, so the time is not what the hardware could do. "
            "See `ghostbench inspect`, or convert the model another way."
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Preempted:
    """Many inferences were interrupted."""

    code: ClassVar[str] = "preempted"
    percent: float

    def __str__(self) -> str:
        return (
            f"the system interrupted {self.percent:.0f} % of the timed inferences to run something else, so the slow "
            "ones say little of the model. Close other programs, or pin to a quieter core."
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Unsteady:
    """Warm-up ended at its limit."""

    code: ClassVar[str] = "unsteady"
    warmup_max_ms: int

    def __str__(self) -> str:
        return (
            f"warm-up was not steady after {self.warmup_max_ms} ms, so early inferences may differ from late ones. "
            "Quieten the device, or raise `warmup_max_ms`."
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class CutShort:
    """Fewer inferences than asked for."""

    code: ClassVar[str] = "cut-short"
    timed: int
    wanted: int

    def __str__(self) -> str:
        return (
            f"only {self.timed} of {self.wanted} inferences fitted into the time limit, so the block says less than "
            "planned. Raise `max_ms`."
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class CoarseTimer:
    """The model is so small that the clock shows."""

    code: ClassVar[str] = "coarse-timer"
    overhead_ns: int
    median_ns: float

    def __str__(self) -> str:
        return (
            f"reading the clock takes {self.overhead_ns} ns of {self.median_ns:.0f} ns, so the time is not the "
            "model's alone. Measure a larger model, or compare only with times from this device."
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Slowed:
    """The core itself became slower."""

    code: ClassVar[str] = "slowed"
    factor: float

    def __str__(self) -> str:
        return (
            f"the core was {self.factor:.2f} times as slow at the end of the block as at its start, so late "
            "inferences are slow. Let the device cool."
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Stolen:
    """A hypervisor took time away."""

    code: ClassVar[str] = "stolen"
    percent: float

    def __str__(self) -> str:
        return (
            f"the hypervisor gave {self.percent:.1f} % of the block's time to other machines, so inferences may have "
            "waited. Use a machine of your own, or more rounds."
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Busy:
    """Other programs were at work."""

    code: ClassVar[str] = "busy"
    cores: float
    of: int

    def __str__(self) -> str:
        return (
            f"other programs kept {self.cores:.1f} of {self.of} cores busy, so caches and memory were shared. "
            "Close them, or measure when the machine is idle."
        )
