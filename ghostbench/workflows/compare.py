"""Two things against each other: stored jobs or campaigns, or models that are measured now, interleaved."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from ghostbench.core.comparison import Comparison, Side
from ghostbench.core.errors import DeviceError, UsageError
from ghostbench.core.progress import Progress, Silence
from ghostbench.workflows.like_with_like import (
    allowed_differences,
    check_allowed,
    has_blocks_of,
    sessions_in,
    set_side_by_side,
)
from ghostbench.workflows.measure import HowToMeasure
from ghostbench.workflows.more_rounds import rounds_to_tell_alike
from ghostbench.workflows.session_spread import SessionSpreads, spread_told
from ghostbench.workflows.stored_sides import one_job, refuse_unknown, stored_sides

if TYPE_CHECKING:
    from ghostbench.stats.compare import Ratio
    from ghostbench.stats.session_spread import SessionSpread

SAME_WITHIN = (
    0.02  # below this, papers call two networks equally fast; it is what a campaign can tell
)

_APART = (
    "apart: the two were measured apart from each other; {told}, which is in the interval. To see smaller differences "
    "measure both together: ghostbench compare A.tflite B.tflite."
)


_TWO_SESSIONS = (
    "two-sessions: the rounds of both sessions are taken together, so how a further session differs is not in the "
    "interval. A third one would tell: ghostbench run --join CAMPAIGN."
)


@dataclass(frozen=True, slots=True, kw_only=True)
class CompareOutcome:
    """All pairs, and what had no partner."""

    comparisons: tuple[Comparison, ...]
    alone: tuple[str, ...] = ()  # jobs that only one of the two campaigns holds
    folder: Path | None = None  # of the campaign that was measured for this


def compare(
    a: str,
    b: str,
    *,
    allow: Collection[str] = (),
    same_within: float = SAME_WITHIN,
    precision: str = "fp32",
    how: HowToMeasure | None = None,
    progress: Progress | None = None,
) -> CompareOutcome:
    """Compare two campaigns, two jobs (`CAMPAIGN/JOB`), or two models, which are measured now in the same rounds.

    Raises UsageError when the two were measured under conditions that differ and are not in `allow`, or cannot be
    compared at all; and what reading and measuring raise.
    """
    how, shown = how or HowToMeasure(), progress or Silence()
    check_allowed(allow)
    if not 0 < same_within < 1:
        raise UsageError(f"the margin must lie between 0 and 100 %, not at {100 * same_within:g} %")
    stored = [
        stored_sides(name, workspace=how.workspace, progress=shown, beside=(a, b), allow=allow)
        for name in (a, b)
    ]
    of_a, of_b = stored
    folder = None
    if of_a is None and of_b is None:
        folder, measured = measure_sides([a, b], precision=precision, how=how, progress=shown)
        if len(measured) < 2:
            raise UsageError(f"{a} and {b} are the same model file")
        of_a, of_b = [measured[0]], [measured[1]]
    if of_a is None or of_b is None:
        lost = a if of_a is None else b
        refuse_unknown(lost)
        raise UsageError(
            f"{lost} is not a campaign or record, and the other is; name two of them, or two models to measure now"
        )
    pairs, alone = pair_up(of_a, of_b)
    spreads = SessionSpreads(how.workspace)
    return CompareOutcome(
        comparisons=tuple(
            compared(*pair, allow=allow, same_within=same_within, spreads=spreads) for pair in pairs
        ),
        alone=alone,
        folder=folder,
    )


def measure_sides(
    targets: Sequence[str], *, precision: str, how: HowToMeasure, progress: Progress
) -> tuple[Path, list[Side]]:
    """Measure models interleaved; the campaign's folder, and its jobs in the order of the targets.

    Raises DeviceError when one of them could not be measured; what the others gave is stored by then.
    """
    from ghostbench.store.campaign import load_campaign
    from ghostbench.store.sides import campaign_sides
    from ghostbench.workflows.run import run

    for target in targets:
        refuse_unknown(target)
    outcome = run(targets, precision=precision, how=how, progress=progress)
    if outcome.failures:
        told = "; ".join(
            f"{each.job_id} could not be timed: {each.reasons[0]}" for each in outcome.failures
        )
        raise DeviceError(f"{told} ({outcome.folder})")
    return outcome.folder, campaign_sides(load_campaign(outcome.folder))


def pair_up(
    of_a: Sequence[Side], of_b: Sequence[Side]
) -> tuple[list[tuple[Side, Side]], tuple[str, ...]]:
    """What is compared with what: one with one, else jobs of the same name; and the jobs that have no partner."""
    if len(of_a) == len(of_b) == 1:
        return [(of_a[0], of_b[0])], ()
    if len(of_a) == 1 or len(of_b) == 1:
        a, b = (of_a[0], None) if len(of_a) == 1 else (None, of_b[0])
        single, many = (a, of_b) if a else (b, of_a)
        assert single is not None
        partner = one_job(many, single.job_id)
        return [(single, partner) if a else (partner, single)], ()
    theirs = {side.job_id: side for side in of_b}
    mine = {side.job_id for side in of_a}
    alone = [side.label for side in of_a if side.job_id not in theirs]
    alone += [side.label for side in of_b if side.job_id not in mine]
    pairs = [(side, theirs[side.job_id]) for side in of_a if side.job_id in theirs]
    if not pairs:
        raise UsageError(
            f"{of_a[0].campaign} and {of_b[0].campaign} have no job in common; name one job of each: CAMPAIGN/JOB"
        )
    return pairs, tuple(alone)


def compared(
    a: Side,
    b: Side,
    *,
    allow: Collection[str] = (),
    same_within: float = SAME_WITHIN,
    spreads: SessionSpreads | None = None,
) -> Comparison:
    """One pair. Raises UsageError when it is no pair, or the conditions differ.

    `spreads` tells how far apart two may be that were not measured together; without it, the working directory does.
    """
    if has_blocks_of(a, b):
        raise UsageError(f"{a.label} would be compared with itself")
    allowed = allowed_differences(a, b, allow)
    found = _statistics(a, b, same_within, spreads or SessionSpreads())
    return Comparison(
        a=a,
        b=b,
        ratio=found.ratio.value,
        ci95=found.ratio.interval,
        p_value=found.ratio.p_value,
        test=_test_name(found.ratio, found.unit),
        paired=found.ratio.paired,
        rounds=min(found.ratio.counts),
        same_within=same_within,
        same=found.same,
        more_rounds=found.more_rounds,
        allowed=allowed,
        doubts=_doubts(a, b, found),
        session_reach=found.reach,
        unit=found.unit,
        looks=found.looks,
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class _Found:
    ratio: "Ratio"
    unit: str
    same: bool | None
    more_rounds: int | None
    spread: "SessionSpread | None"  # of sessions, where it is in the interval
    reach: float
    looks: int


def _statistics(a: Side, b: Side, same_within: float, spreads: SessionSpreads) -> _Found:
    from ghostbench.stats.compare import check_limit, equivalence

    pairs = set_side_by_side(a, b)
    mine, theirs, paired = pairs.a, pairs.b, pairs.paired
    spread = None if paired or pairs.unit == "session" else spreads.between(a, b)
    reach = spread.reach((sessions_in(a), sessions_in(b))) if spread else 0.0
    percent, smaller = 100 * same_within, 100 / (1 + same_within) - 100
    above, below = (
        check_limit(
            mine, theirs, limit_percent=limit, paired=paired, reach=reach, looks=pairs.looks
        )
        for limit in (percent, smaller)
    )
    within = equivalence(
        mine, theirs, within_percent=percent, paired=paired, reach=reach, looks=pairs.looks
    )
    beyond = above.outcome == "above" or below.outcome == "below"
    same = True if within.established else False if beyond else None
    more = rounds_to_tell_alike(
        mine, theirs, above.ratio.value, same_within, paired=paired, reach=reach
    )
    return _Found(
        ratio=above.ratio,
        unit=pairs.unit,
        same=same,
        more_rounds=more if same is None else None,
        spread=spread,
        reach=reach,
        looks=pairs.looks,
    )


def _doubts(a: Side, b: Side, found: _Found) -> tuple[str, ...]:
    if found.unit == "session":
        return ()
    if found.spread is not None:
        return (_APART.format(told=spread_told(found.spread)),)
    return (_TWO_SESSIONS,) if min(sessions_in(a), sessions_in(b)) > 1 else ()


def _test_name(ratio: "Ratio", unit: str) -> str:
    from ghostbench.stats.rounds import MIN_SIGNED_RANK

    if not ratio.paired:
        return "test of the two medians" if unit == "block" else "test of the sessions' medians"
    return "signed-rank test" if ratio.counts[0] >= MIN_SIGNED_RANK else "Student's paired test"
