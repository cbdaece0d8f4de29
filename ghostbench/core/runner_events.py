"""What a native runner may say. The wire format, engine/native/WIRE.md, explains every field.

Times are nanoseconds on the device's CLOCK_MONOTONIC_RAW; starts count from the runner's own start.
"""

from collections.abc import Mapping
from dataclasses import dataclass

Shape = tuple[int, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Hello:
    """What runs: the first line."""

    wire: int  # version of the format
    runner: str  # version of the runner
    machine: str
    kernel: str
    pid: int
    argv: tuple[str, ...]
    cpus_allowed: tuple[int, ...]  # after pinning
    clock_overhead_ns: int  # what one timed empty inference would show: median of many


@dataclass(frozen=True, slots=True, kw_only=True)
class Loaded:
    """Which files were really opened."""

    library: str
    library_sha256: str
    library_bytes: int
    model: str
    model_sha256: str
    model_bytes: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Tensor:
    """An input or output buffer."""

    role: str  # "input" or "output"
    index: int
    name: str
    dtype: str
    shape: Shape
    bytes: int
    dynamic: bool  # the file left a dimension open; 1 was put in its place
    fnv1a: str | None  # of an input's content, 16 hex digits; None for outputs


@dataclass(frozen=True, slots=True, kw_only=True)
class Init:
    """How long it took to get ready, without filling the inputs."""

    library_ns: int
    load_ns: int
    compile_ns: int
    buffers_ns: int
    total_ns: int
    fully_accelerated: bool
    kernel_mode: str
    threads_asked: int
    threads_seen: int  # entries of /proc/self/task; -1 where it cannot be read
    peak_rss_bytes: int  # VmHWM; -1 where it cannot be read


@dataclass(frozen=True, slots=True, kw_only=True)
class Probe:
    """A fixed piece of arithmetic, timed, to see whether the core is as fast as before."""

    when: str  # "before" or "after"
    iterations: int
    durations_ns: tuple[int, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class SampleEvent:
    """One inference."""

    phase: str  # "first", "warmup", "timed"
    index: int  # within its phase
    started_ns: int
    duration_ns: int
    cpu_time_ns: int  # thread CPU time from the end of the inference before to the end of this one
    cpu_before: int
    cpu_after: int
    preemptions: int  # involuntary context switches


@dataclass(frozen=True, slots=True, kw_only=True)
class Output:
    """An output's content after the last inference."""

    index: int
    bytes: int
    fnv1a: str
    nan: int  # elements that are NaN
    infinite: int


@dataclass(frozen=True, slots=True, kw_only=True)
class End:
    """Everything went well: the last line. Without it, a run did not finish."""

    warmup_steady: bool  # warm-up ended because it was steady, not because of its cap
    timed: int  # number of timed samples, so that a lost line shows
    peak_rss_bytes: int
    threads_seen: int
    preemptions: int
    voluntary_switches: int
    minor_faults: int
    major_faults: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Failure:
    """The runner gives up, and says in which step."""

    step: str
    status: int
    message: str


@dataclass(frozen=True, slots=True, kw_only=True)
class TimingSummary:
    """All timed inferences together, from an engine that does not tell of each. Nanoseconds, as far as told.

    The native runner never says this.
    """

    count: int
    first_ns: int
    last_ns: int
    min_ns: int
    max_ns: int
    mean_ns: float
    deviation_ns: int  # of these inferences, not of the mean
    p5_ns: int | None = None
    median_ns: int | None = None
    p95_ns: int | None = None
    warmup_count: int = 0
    warmup_mean_ns: float = 0.0
    delegated: str | None = None  # "full", "partial", "none"; None where nothing is said

    @property
    def typical_ns(self) -> float:
        """The median; the mean where no median is told."""
        return self.mean_ns if self.median_ns is None else float(self.median_ns)


RunnerEvent = (
    Hello | Loaded | Tensor | Init | Probe | SampleEvent | TimingSummary | Output | End | Failure
)

EVENT_TYPES: Mapping[str, type[RunnerEvent]] = {
    "hello": Hello,
    "loaded": Loaded,
    "tensor": Tensor,
    "init": Init,
    "probe": Probe,
    "sample": SampleEvent,
    "output": Output,
    "end": End,
    "error": Failure,
}
