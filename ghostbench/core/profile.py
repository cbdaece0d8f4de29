"""Time per operator: what the runner says of it, and what becomes of that. Never a latency record."""

from collections.abc import Mapping
from dataclasses import dataclass

from ghostbench.core.device import DeviceInfo
from ghostbench.core.record import EngineInfo
from ghostbench.core.runner_events import EVENT_TYPES, Hello, Init, Loaded, Output, Shape, Tensor

CANNOT_BE_TOLD_US = 2**32 - 1  # what stands for a duration that does not fit


@dataclass(frozen=True, slots=True, kw_only=True)
class ProfileBegins:
    """What follows is a profile, not a timing."""

    repetitions_asked: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Profiled:
    """One inference with the profiler on."""

    index: int
    started_ns: int
    duration_ns: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Op:
    """An operator that LiteRT ran itself, or a kernel that XNNPACK ran in a part that it took over."""

    index: int  # in the order in which they run
    level: str  # "operator" or "kernel"
    name: str
    place: int  # of an operator its index in the graph; of a kernel its place in its partition
    subgraph: int
    durations_us: tuple[int, ...]  # one for each inference, in whole microseconds


@dataclass(frozen=True, slots=True, kw_only=True)
class ProfileEnd:
    """Everything went well: the last line of a profile."""

    repetitions: int
    ops: int
    peak_rss_bytes: int
    threads_seen: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Peak:
    """What a core does at most of one thing."""

    what: str  # "multiply_add" or "read"
    kernel: str  # the instructions
    block_bytes: int  # of what is read again and again; 0 for multiply-adds
    work: int  # multiply-adds or bytes of each repetition
    durations_ns: tuple[int, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class PeakEnd:
    """Everything went well: the last line of a measurement of peaks."""

    peaks: int


_TIMING_ONLY = ("probe", "sample", "end")
PROFILE_EVENT_TYPES: Mapping[str, type] = {
    **{name: kind for name, kind in EVENT_TYPES.items() if name not in _TIMING_ONLY},
    "profile": ProfileBegins,
    "profiled": Profiled,
    "op": Op,
    "profile_end": ProfileEnd,
    "peak": Peak,
    "peak_end": PeakEnd,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class ProfileRun:
    """What the runner said in one profiled process."""

    hello: Hello
    loaded: Loaded
    init: Init
    tensors: tuple[Tensor, ...]
    profiled: tuple[Profiled, ...]
    ops: tuple[Op, ...]
    outputs: tuple[Output, ...]
    end: ProfileEnd


@dataclass(frozen=True, slots=True, kw_only=True)
class Roof:
    """What one core does at most: the lids of the roofline. A lower bound, since our own code reached it."""

    kernel: str  # the instructions
    gmac_per_s: float  # in float32
    read_gb_per_s: Mapping[int, float]  # size of the block that is read, in bytes, to bandwidth

    def bandwidth(self, moved_bytes: int) -> float:
        """Of the smallest block that holds so much; of the largest for what none holds.

        >>> roof = Roof(kernel="avx2", gmac_per_s=50, read_gb_per_s={16384: 200.0, 1048576: 40.0})
        >>> roof.bandwidth(1000), roof.bandwidth(20000), roof.bandwidth(10**9)
        (200.0, 40.0, 40.0)
        """
        sizes = sorted(self.read_gb_per_s)
        return self.read_gb_per_s[next((s for s in sizes if s >= moved_bytes), sizes[-1])]


@dataclass(frozen=True, slots=True, kw_only=True)
class Figure:
    """A time with the 95 % interval that processes give; nanoseconds."""

    ns: float
    ci95_ns: tuple[float, float] | None = None
    rounds_ns: tuple[float, ...] = ()  # of each process


@dataclass(frozen=True, slots=True, kw_only=True)
class OperatorTime:
    """One operator of the graph: what it does, and how long that takes."""

    index: int  # in the graph; -1 for kernels that no operator could be found for
    kind: str
    name: str  # of its first output
    shape: Shape  # of its first output
    ran_by: str  # "xnnpack", "litert", or "nothing": folded into a neighbour, or nothing to do
    kernels: tuple[str, ...]  # what XNNPACK ran for it
    matched: bool  # its kernels are those that this kind of operator becomes
    time: Figure
    share: float  # of the sum over all operators
    macs: int | None  # None when they cannot be counted
    moved_bytes: int  # inputs, weights and outputs, each once: the least that must be moved
    gmac_per_s: float | None  # achieved
    gb_per_s: float  # achieved
    bound: str | None = None  # "arithmetic" or "memory": the lower lid; None without a roof
    roof_share: float | None = None  # how much of that lid was reached


@dataclass(frozen=True, slots=True, kw_only=True)
class KindTime:
    """All operators of one kind together."""

    kind: str
    count: int
    time: Figure
    share: float
    macs: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelProfile:
    """Time per operator of one model. `profiled` says what it is: no field of it is a latency record."""

    profiled: bool = True
    model: str
    precision: str
    model_sha256: str
    device: DeviceInfo
    engine: EngineInfo
    kernel_mode: str
    threads: int
    rounds: int  # fresh processes
    repetitions: tuple[int, ...]  # inferences in each
    operators: tuple[OperatorTime, ...]  # in the order in which they run
    kinds: tuple[KindTime, ...]  # the longest first
    sum: Figure  # over all operators
    profiled_inference: Figure  # a whole inference with the profiler on
    latency: Figure | None  # of processes of their own, without the profiler
    not_explained: (
        Figure | None
    )  # latency less the sum; negative when profiling costs more than it leaves out
    roof: Roof | None
    quantization: str | None = None  # in words; None where no weights are quantised
    cautions: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class KindDifference:
    """By how much the operators of one kind take longer in B than in A."""

    kind: str
    count_a: int
    count_b: int
    ns: float
    ci95_ns: tuple[float, float]
    named: bool  # sure enough, and large enough, to be called a cause
    shapes: Mapping[str, float]  # output shape to its part of it, the largest first


@dataclass(frozen=True, slots=True, kw_only=True)
class ProfileComparison:
    """Two profiles that were measured in the same rounds, and what makes them differ."""

    a: ModelProfile
    b: ModelProfile
    ratio: float  # latency of B over that of A, without the profiler
    ratio_ci95: tuple[float, float]
    differs: bool  # one is not in that interval
    kinds: tuple[KindDifference, ...]  # the largest difference first
