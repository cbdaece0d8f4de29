"""Two jobs set against each other: what is compared, and what came out."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from ghostbench.core.result import JobResult
from ghostbench.core.verdict import Verdict


@dataclass(frozen=True, slots=True, kw_only=True)
class Side:
    """One of the two: the blocks of one job, and what they were measured under."""

    label: str  # campaign and job: "2026-11-22-host-1/ghostnet-1.0x-fp32"
    campaign: str
    job_id: str
    model: str
    precision: str
    model_sha256: str
    measured_at: str  # ISO 8601, UTC: its first block
    conditions: Mapping[str, str]  # what must be alike, by name; see core/conditions.py
    rounds: tuple[int, ...]  # of each block
    medians_ns: tuple[float, ...]  # of each block
    verdict: Verdict = Verdict.VALID  # how far its time can be trusted
    cautions: tuple[str, ...] = ()  # why not further; each kind once
    sessions: tuple[int, ...] = ()  # of each block, where several are joined: the first is 0
    virtual: bool = False  # measured in a virtual machine, whose sessions differ more
    ratio_looks: Mapping[str, int] = field(default_factory=dict)  # as of a `JobResult`


def looks_at_ratio(a: Side | JobResult, b: Side | JobResult) -> int:
    """How often was asked whether the ratio of the two is narrow enough to end their campaign; 1 where it was not."""
    return max(1, a.ratio_looks.get(b.job_id, 1)) if a.campaign == b.campaign else 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Comparison:
    """How many times as long `a` takes as `b`, and how sure that is."""

    a: Side
    b: Side
    ratio: float
    ci95: tuple[float, float] | None  # None with too few rounds
    p_value: float | None  # that the two take the same time; None with too few rounds
    test: str  # its name
    paired: bool  # round by round; else the two were measured apart from each other
    rounds: int  # pairs of blocks, or blocks of the side that has fewer
    same_within: float  # the share that is asked about: 0.02
    same: bool | None  # True: surely within it; False: surely beyond; None: cannot be told
    more_rounds: (
        int | None
    )  # that would settle what is open; None when nothing is, or nothing would
    allowed: Mapping[str, tuple[str, str]] = field(default_factory=dict)  # conditions that differ
    doubts: tuple[str, ...] = ()  # each "code: what happened, what it means, what to do"
    # By how much sessions alone may set the two apart: a half width at 95 % on logarithms, contained in the interval.
    session_reach: float = 0.0
    unit: str = (
        "round"  # what `rounds` and `more_rounds` count; "session" where there are three or more
    )
    looks: int = 1  # at this very ratio, to end the campaign once it was narrow: interval and test are wider for it

    @property
    def verdict(self) -> int | None:
        """-1 when `a` is surely faster, 1 when surely slower, 0 when either is possible, None when unknown."""
        if self.ci95 is None:
            return None
        low, high = self.ci95
        return -1 if high < 1 else 1 if low > 1 else 0


@dataclass(frozen=True, slots=True, kw_only=True)
class GuardVerdict:
    """Whether one job became slower than its baseline by more than is allowed."""

    comparison: Comparison  # `a` is what was measured, `b` the baseline
    max_slowdown: float  # 0.03
    slower: bool | None  # True: established; False: ruled out; None: the data cannot tell
    more_rounds: int | None  # that would tell, as far as can be foreseen
    p_slower: float | None = None  # that it is not slower than the limit, corrected for `among`
    among: int = 1  # jobs that were checked together
