"""A stored measurement, with everything needed to judge and to repeat it.

Schema history
    1  first version
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Protocol

from ghostbench.core.device import DeviceInfo, DeviceState
from ghostbench.core.plan import Block, Job
from ghostbench.core.runner_events import (
    End,
    Hello,
    Init,
    Loaded,
    Output,
    Probe,
    Tensor,
    TimingSummary,
)

SCHEMA_VERSION = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class SampleColumns:
    """All inferences of a block, one column for each field, in the order in which they ran.

    Columns and not a list of objects: a campaign may hold millions of samples.
    """

    phase: tuple[str, ...]  # "first", "warmup", "timed"
    started_ns: tuple[int, ...]
    duration_ns: tuple[int, ...]
    cpu_time_ns: tuple[int, ...]
    cpu_before: tuple[int, ...]
    cpu_after: tuple[int, ...]
    preemptions: tuple[int, ...]

    def timed_ns(self) -> list[int]:
        """The durations of the timed inferences."""
        return [
            ns for ns, phase in zip(self.duration_ns, self.phase, strict=True) if phase == "timed"
        ]


@dataclass(frozen=True, slots=True, kw_only=True)
class Measurement:
    """What the runner said in one block."""

    hello: Hello
    loaded: Loaded
    init: Init
    tensors: tuple[Tensor, ...]
    samples: SampleColumns
    outputs: tuple[Output, ...]
    probes: tuple[Probe, ...]
    end: End
    summary: TimingSummary | None = (
        None  # in place of timed samples, where the engine tells of none
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class EngineInfo:
    """Which engine, exactly."""

    name: str
    version: str
    files: Mapping[str, str] = field(default_factory=dict)  # file name to SHA-256
    source: str | None = None  # the address it was fetched from, if it was


@dataclass(frozen=True, slots=True, kw_only=True)
class RunRecord:
    """One block: measured, or failed with the reason."""

    schema_version: int
    record_id: str
    campaign: str
    started_at: str  # ISO 8601, UTC, of the host
    seconds: float  # host time from start to end of the block, process start included
    attempt: int  # 1 for the first
    block: Block
    job: Job
    device: DeviceInfo
    engine: EngineInfo
    state_before: DeviceState
    state_after: DeviceState | None
    argv: tuple[str, ...]
    measurement: Measurement | None  # None when the block failed
    failure: str | None = None  # one line, when it failed
    cautions: tuple[str, ...] = ()  # each "code: what happened, what it means, what to do"
    ghostbench: str = ""  # version of the tool


class RecordStore(Protocol):
    """Where finished records go."""

    def append(self, record: RunRecord) -> None:
        """Keep this record; when the call returns, a crash cannot lose it any more."""
