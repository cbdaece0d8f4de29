"""Has anything become slower? New measurements held against a baseline, with a verdict that may be "cannot tell"."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from ghostbench.core.comparison import Comparison, GuardVerdict, Side
from ghostbench.core.errors import UsageError
from ghostbench.core.progress import Progress, Silence
from ghostbench.workflows.compare import compared, measure_sides
from ghostbench.workflows.like_with_like import aligned, check_allowed
from ghostbench.workflows.measure import HowToMeasure
from ghostbench.workflows.more_rounds import with_more_rounds
from ghostbench.workflows.session_spread import SessionSpreads
from ghostbench.workflows.stored_sides import refuse_unknown, stored_sides

if TYPE_CHECKING:
    from ghostbench.stats.compare import LimitCheck
    from ghostbench.store.baseline import Baseline

MAX_SLOWDOWN = 0.03  # what a campaign of some ten rounds can tell on a shared machine


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckOutcome:
    """The verdict on every job, and what had no counterpart."""

    verdicts: tuple[GuardVerdict, ...]
    alone: tuple[str, ...] = ()
    folder: Path | None = None  # of the campaign that was measured for this

    @property
    def slower(self) -> bool | None:
        """True when one job at least is slower, None when one cannot be told, False when all are ruled out."""
        answers = [verdict.slower for verdict in self.verdicts]
        return True if True in answers else None if None in answers else False


def check(
    baseline: str,
    targets: Sequence[str],
    *,
    max_slowdown: float = MAX_SLOWDOWN,
    allow: Collection[str] = (),
    precision: str = "fp32",
    how: HowToMeasure | None = None,
    progress: Progress | None = None,
) -> CheckOutcome:
    """Hold a campaign, records, or models that are measured now against a baseline.

    The baseline is a file of `write_baseline`, a campaign or record, or a model: that one is measured now together
    with the targets, which leaves no doubt about the day. Raises UsageError, also when conditions differ, and what
    reading and measuring raise.
    """
    how, shown = how or HowToMeasure(), progress or Silence()
    check_allowed(allow)
    if not 0 <= max_slowdown < 1:
        raise UsageError(f"the slowdown must lie between 0 and 100 %, not at {100 * max_slowdown:g} %")  # fmt: skip
    if not targets:
        raise UsageError("name what is to be checked: a campaign, or models to measure now")
    before = _baseline_sides(baseline, targets, how.workspace, allow, shown)
    folder, alone = None, tuple[str, ...]()
    if before is None:
        folder, measured = measure_sides(
            [baseline, *targets], precision=precision, how=how, progress=shown
        )
        if len(measured) < 2:
            raise UsageError(f"{baseline} and what is to be checked are the same model file")
        pairs = [(side, measured[0]) for side in measured[1:]]
    else:
        folder, now = _target_sides(targets, baseline, precision, how, allow, shown)
        pairs, alone = _pair_with_baseline(now, before)
    return CheckOutcome(
        verdicts=_verdicts(pairs, max_slowdown=max_slowdown, allow=allow, workspace=how.workspace),
        alone=alone,
        folder=folder,
    )


def write_baseline(
    path: Path,
    targets: Sequence[str],
    *,
    workspace: Path | None = None,
    progress: Progress | None = None,
) -> "Baseline":
    """Write the jobs of campaigns, or single records, as a baseline. Raises UsageError, StoreError."""
    from ghostbench.store.baseline import write_baseline as write

    sides: list[Side] = []
    for target in targets:
        found = stored_sides(
            target, workspace=workspace, progress=progress or Silence(), beside=targets
        )
        if found is None:
            raise UsageError(f"{target} is not a campaign or record; a baseline is made of those")
        sides += found
    if not sides:
        raise UsageError("name the campaign that the baseline is made of")
    return write(path, sides)


def _baseline_sides(
    name: str,
    targets: Sequence[str],
    workspace: Path | None,
    allow: Collection[str],
    progress: Progress,
) -> list[Side] | None:
    """The jobs of a stored baseline; None when it is a model that has to be measured."""
    from ghostbench.store.baseline import read_baseline

    stored = stored_sides(name, workspace=workspace, progress=progress, beside=targets, allow=allow)
    if stored is not None:
        return stored
    if name.endswith(".json") or (Path(name).is_file() and not name.endswith(".tflite")):
        return list(read_baseline(Path(name)).jobs)
    refuse_unknown(name)
    return None


def _target_sides(
    targets: Sequence[str],
    baseline: str,
    precision: str,
    how: HowToMeasure,
    allow: Collection[str],
    progress: Progress,
) -> tuple[Path | None, list[Side]]:
    stored = {
        target: stored_sides(
            target,
            workspace=how.workspace,
            progress=progress,
            beside=(baseline, *targets),
            allow=allow,
        )
        for target in targets
    }
    models = [target for target, sides in stored.items() if sides is None]
    if not models:
        return None, [side for sides in stored.values() for side in sides or ()]
    if len(models) < len(stored):
        raise UsageError("name campaigns and records, or models to measure now, but not both")
    return measure_sides(models, precision=precision, how=how, progress=progress)


def _pair_with_baseline(
    now: Sequence[Side], before: Sequence[Side]
) -> tuple[list[tuple[Side, Side]], tuple[str, ...]]:
    if len(now) == len(before) == 1:
        return [(now[0], before[0])], ()
    known = {side.job_id: side for side in before}
    pairs = [(side, known[side.job_id]) for side in now if side.job_id in known]
    if not pairs:
        raise UsageError(
            f"the baseline holds {_listed(before)}, and nothing of that is among {_listed(now)}"
        )
    measured = {side.job_id for side in now}
    return pairs, (
        *(f"{side.job_id} is not in the baseline" for side in now if side.job_id not in known),
        *(f"{side.job_id} of the baseline was not checked" for side in before if side.job_id not in measured),
    )  # fmt: skip


def _verdicts(
    pairs: Sequence[tuple[Side, Side]],
    *,
    max_slowdown: float,
    allow: Collection[str],
    workspace: Path | None,
) -> tuple[GuardVerdict, ...]:
    """Which are slower, corrected for how many were asked; what is ruled out needs no correction.

    One false "slower" among many fails the whole check, so the p-values for it are those of Holm. The check as a whole
    passes only if *every* job is ruled out to be slower: the chance that it does although one is slower is no larger
    than that one's own 5 %, however many others there are (an intersection-union test).
    """
    from ghostbench.stats.multiplicity import holm

    spreads = SessionSpreads(workspace)
    comparisons = [compared(*pair, allow=allow, spreads=spreads) for pair in pairs]
    checked = [_against_limit(comparison, max_slowdown) for comparison in comparisons]
    tested = [check.p_above for check in checked if check.p_above is not None]
    corrected = iter(holm(tested))
    return with_more_rounds(
        [
            _verdict(
                comparison,
                check,
                None if check.p_above is None else next(corrected),
                max_slowdown=max_slowdown,
                among=len(tested),
            )
            for comparison, check in zip(comparisons, checked, strict=True)
        ]
    )


def _against_limit(comparison: Comparison, max_slowdown: float) -> "LimitCheck":
    from ghostbench.stats.compare import check_limit

    mine, theirs, paired = aligned(comparison.a, comparison.b)
    limit_percent = 100 * max_slowdown
    return check_limit(
        mine,
        theirs,
        limit_percent=limit_percent,
        paired=paired,
        reach=comparison.session_reach,
        looks=comparison.looks,
    )


def _verdict(
    comparison: Comparison,
    check: "LimitCheck",
    p_slower: float | None,
    *,
    max_slowdown: float,
    among: int,
) -> GuardVerdict:
    from ghostbench.stats.summary import CONFIDENCE

    slower = {"above": True, "below": False, "undecided": None}[check.outcome]
    if slower and (p_slower is None or p_slower > 1 - CONFIDENCE):
        slower = None  # it may be the one among many that only looks so
    return GuardVerdict(
        comparison=comparison,
        max_slowdown=max_slowdown,
        slower=slower,
        more_rounds=None,
        p_slower=p_slower,
        among=among,
    )


def _listed(sides: Sequence[Side]) -> str:
    return ", ".join(dict.fromkeys(side.job_id for side in sides))
