"""What to measure, and in which order."""

from dataclasses import dataclass

from ghostbench.core.errors import UsageError

# Fresh processes for each model where nothing else is asked for. Three are the least that show how processes differ.
DEFAULT_ROUNDS = 5
MIN_ROUNDS = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class InputSettings:
    """How a model's inputs are filled."""

    distribution: str = (
        "uniform"  # "uniform" (low to high), "normal" (mean 0, deviation 1), "zeros", "file"
    )
    low: float = -1.0
    high: float = 1.0
    seed: int = 1
    files: tuple[str, ...] = ()  # raw bytes, one file for each input, for "file"


@dataclass(frozen=True, slots=True, kw_only=True)
class RunSettings:
    """How one block is run. Every value is passed to the runner, so its own defaults never matter."""

    threads: int = 1
    kernel_mode: str = "delegate"  # "delegate" (XNNPACK), "builtin", "reference"
    cpu: int | None = None  # pin to this core; None leaves the choice to the scheduler
    warmup_min_runs: int = 3
    warmup_min_ms: int = 200
    warmup_max_ms: int = 3000
    warmup_tolerance: float = (
        0.04  # fast and slow moving average this close: steady (as Jetpack Benchmark does)
    )
    min_runs: int = 10
    min_ms: int = 1000
    max_ms: int = 20_000
    delay_ms: float = 0.0  # pause before each inference
    probe_ms: int = 0  # arithmetic probe at both ends of the block; 0 leaves it out
    inputs: InputSettings = InputSettings()
    timeout_s: float = 120.0  # for the whole block

    def __post_init__(self) -> None:
        for name in ("threads", "min_runs", "min_ms", "max_ms", "timeout_s"):
            if getattr(self, name) <= 0:
                raise UsageError(f"{name} must be above zero, not {getattr(self, name)}")
        for name in ("warmup_min_runs", "warmup_min_ms", "warmup_max_ms", "delay_ms", "probe_ms"):
            if getattr(self, name) < 0:
                raise UsageError(f"{name} must not be negative, not {getattr(self, name)}")
        if self.kernel_mode not in ("delegate", "builtin", "reference"):
            raise UsageError(
                f"kernel_mode must be delegate, builtin or reference, not {self.kernel_mode!r}"
            )


@dataclass(frozen=True, slots=True, kw_only=True)
class Job:
    """One model file on one engine on one device, with one setting."""

    job_id: str  # unique in the plan, readable: "ghostnet-1.0x-fp32"
    model: str  # the network's or the file's name
    precision: str
    model_path: str
    model_sha256: str
    engine: str
    device: str
    settings: RunSettings


@dataclass(frozen=True, slots=True, kw_only=True)
class Block:
    """One fresh process of one job."""

    round: int  # from 0
    position: int  # within its round, from 0
    job_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """All jobs, and the blocks in the order in which they are run."""

    campaign: str
    created_at: str  # ISO 8601, UTC
    seed: int  # the order was drawn from it
    rounds: int
    jobs: tuple[Job, ...]
    blocks: tuple[Block, ...]
    purpose: str = "run"  # or "reproduce ghostnet-2020"
    ghostbench: str = ""  # version of the tool

    def job(self, job_id: str) -> Job:
        """The job of that name."""
        return next(job for job in self.jobs if job.job_id == job_id)
