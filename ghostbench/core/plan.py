"""What to measure, and in which order."""

from dataclasses import dataclass

from ghostbench.core.errors import UsageError

# Fresh processes for each model where nothing else is asked for. Three are the least that show how processes differ.
DEFAULT_ROUNDS = 5
MIN_ROUNDS = 3
# Where rounds are added until intervals are narrow: half of a 95 % interval, and the longest that it may take.
DEFAULT_HALF_WIDTH_PERCENT = 1.0
DEFAULT_BUDGET_S = 120.0
# Looking after fewer rounds stops too often by luck: docs/decisions/0006-verdicts.md.
MIN_ROUNDS_TO_STOP = 8


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
    # Arithmetic probe at both ends of the block; 0 leaves it out. Ten repetitions of 2 ms: on a server with three times
    # as many busy programs as cores, the fastest of them stays within 3 %.
    probe_ms: int = 20
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
    quantization: str | None = None  # which one, in words; None where no weights are quantised


@dataclass(frozen=True, slots=True, kw_only=True)
class Block:
    """One fresh process of one job."""

    round: int  # from 0
    position: int  # within its round, from 0
    job_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class StoppingRule:
    """When a campaign has measured enough. Rounds are added until then; the plan's `rounds` are the most."""

    half_width_percent: float | None = None  # of the 95 % interval; None: time alone decides
    ratio_of: tuple[str, str] | None = None  # of the ratio of these two jobs; None: of each job
    budget_s: float | None = None  # of measuring, all processes together
    min_rounds: int = MIN_ROUNDS_TO_STOP

    def __post_init__(self) -> None:
        if self.half_width_percent is None and self.budget_s is None:
            raise UsageError(
                "a campaign must stop: give a half-width, a budget or a number of rounds"
            )
        for name in ("half_width_percent", "budget_s", "min_rounds"):
            value = getattr(self, name)
            if value is not None and not 0 < value < float("inf"):
                raise UsageError(f"{name} must be above zero, not {value}")
        if self.ratio_of is not None and self.ratio_of[0] == self.ratio_of[1]:
            raise UsageError(f"a ratio needs two different jobs, not {self.ratio_of[0]} twice")

    def looks(self, rounds: int) -> int:
        """How often was asked, after so many rounds, whether the intervals are narrow enough to end."""
        return 0 if self.half_width_percent is None else max(0, rounds - self.min_rounds + 1)


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
    stopping: StoppingRule | None = None  # None: all rounds are run
    joins: str = ""  # the campaign whose further session this is
    allowed: tuple[str, ...] = ()  # conditions that may differ from those of the session it joins
    written: str = ""  # the plan file that it was read from

    def job(self, job_id: str) -> Job:
        """The job of that name."""
        return next(job for job in self.jobs if job.job_id == job_id)
