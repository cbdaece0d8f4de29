"""What statistics say of all blocks of one job in one campaign. Computed on reading, never stored as truth."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from ghostbench.core.verdict import Reason, Verdict

NS_PER_MS = 1e6


@dataclass(frozen=True, slots=True, kw_only=True)
class BlockSummary:
    """One fresh process."""

    record_id: str
    round: int
    attempt: int
    timed: int  # number of timed inferences
    median_ns: float
    min_ns: int
    init_ns: int
    first_ns: int  # the first inference of the process
    peak_rss_bytes: int
    cautions: tuple[str, ...]
    verdict: Verdict = Verdict.VALID
    reasons: tuple[Reason, ...] = ()  # the gravest first
    session: int = 0  # of several that are joined: the first, second ...


@dataclass(frozen=True, slots=True, kw_only=True)
class SessionSummary:
    """What one of several joined sessions says of a job."""

    campaign: str
    measured_at: str  # ISO 8601, UTC: when its plan was made
    blocks: int
    median_ns: float
    ci95_ns: tuple[float, float] | None


@dataclass(frozen=True, slots=True, kw_only=True)
class OverSessions:
    """Where the typical time of a job lies whenever it is measured, not only in the session that was."""

    ci95_ns: tuple[float, float]
    told: str  # how far sessions differ, and how that is known


@dataclass(frozen=True, slots=True, kw_only=True)
class JobResult:
    """One model on one engine on one device. Times in nanoseconds."""

    record_id: str  # campaign and job: "2026-11-22-host-1/ghostnet-1.0x-fp32"
    campaign: str
    job_id: str
    model: str
    precision: str
    model_sha256: str
    device: str
    engine: str
    threads: int
    samples: tuple[int, ...]  # durations of all timed inferences, block after block
    blocks: tuple[BlockSummary, ...]
    failed_blocks: int  # tried and never measured
    median_ns: float  # of the block medians
    ci95_ns: tuple[float, float] | None  # None when there are too few blocks to tell
    p95_ns: float | None  # None when the samples cannot tell: see `withheld`
    min_ns: int
    init_ns: float  # median over blocks
    first_ns: float  # median over blocks
    peak_rss_bytes: int  # largest over blocks
    cautions: tuple[str, ...]  # each kind once, with the number of blocks it came up in
    verdict: Verdict = Verdict.VALID  # the reasons in one word
    reasons: tuple[Reason, ...] = ()  # each kind once, the gravest first; notes too
    excluded: tuple[BlockSummary, ...] = ()  # INVALID, or measured again; in no figure here
    p90_ns: float | None = None  # as p95_ns
    p90_ci95_ns: tuple[float, float] | None = None
    p95_ci95_ns: tuple[float, float] | None = None
    withheld: Mapping[str, str] = field(
        default_factory=dict
    )  # "p90", "p95", "interval": why it is not told
    sessions: tuple[
        SessionSummary, ...
    ] = ()  # of which it is joined; none when it is of one campaign alone
    over_sessions: OverSessions | None = None  # None when there are too few blocks to tell
    # By another job: how often was asked whether the ratio to it is narrow enough to end the campaign.
    ratio_looks: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class JobFailure:
    """A job of which not one block was measured, so that it has no result."""

    campaign: str
    job_id: str
    model: str
    device: str
    engine: str
    failed_blocks: int
    reasons: tuple[str, ...]  # each once, in the order in which they came up


def times_ms(result: JobResult) -> dict[str, float | None]:
    """The times of a result in milliseconds, by the names they have as columns; None where they are withheld."""
    low_ns, high_ns = result.ci95_ns or (None, None)
    times_ns = {
        "median_ms": result.median_ns,
        "ci95_low_ms": low_ns,
        "ci95_high_ms": high_ns,
        "p90_ms": result.p90_ns,
        "p95_ms": result.p95_ns,
        "min_ms": result.min_ns,
        "init_ms": result.init_ns,
        "first_ms": result.first_ns,
    }
    return {name: None if ns is None else ns / NS_PER_MS for name, ns in times_ns.items()}
