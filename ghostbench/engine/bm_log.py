"""What a log of benchmark_model says, as values. What is not known is None."""

from dataclasses import dataclass

from ghostbench.engine.bm_stats import LoopStats


@dataclass(frozen=True, slots=True, kw_only=True)
class LoopRequest:
    """What a loop announces: how long it is going to run."""

    runs: int
    min_s: float | None = None  # programs before about 2018 have no least time
    max_s: float | None = None  # nor a limit


@dataclass(frozen=True, slots=True, kw_only=True)
class Memory:
    """Megabytes (2^20 bytes) as told. Footprints are differences of a maximum: 0 may mean nothing new."""

    init_mb: float | None = None
    overall_mb: float | None = None
    peak_mb: float | None = None  # only when it was monitored


@dataclass(frozen=True, slots=True, kw_only=True)
class Delegation:
    """How much of the model runs in a delegate."""

    share: str  # "full", "partial", "none"
    kernels: int | None = None  # of a partial one


@dataclass(frozen=True, slots=True, kw_only=True)
class BenchmarkLog:
    """One whole run."""

    flavour: str  # "classic" or "compiled"
    threads: int | None
    init_us: float
    first_us: int  # the cold one: the first of the warm-up
    warmup_request: LoopRequest
    warmup: LoopStats
    request: LoopRequest
    inference: LoopStats
    delegation: Delegation | None  # None where nothing is said
    memory: Memory = Memory()
    unconsumed: tuple[str, ...] = ()  # flags that the program does not know and ignored
    duplicate: tuple[str, ...] = ()  # flags given twice
    profiled: bool = False  # operators were timed in the same run, which costs time

    @property
    def cut_short(self) -> bool:
        """Fewer inferences than asked for: the limit of time was reached."""
        return self.inference.count < self.request.runs
