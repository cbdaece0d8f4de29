"""Greedy enlarging: grow a network stage by stage under a ladder of budgets, the best of each rung kept."""

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from ghostbench.core.enlarging import Candidate, Rung, Shape
from ghostbench.core.errors import ConversionError, UsageError
from ghostbench.core.progress import Progress, Silence
from ghostbench.workflows.enlarge_asked import Budget, HowToScore
from ghostbench.workflows.enlarge_keep import free_name, keep_spec
from ghostbench.workflows.enlarge_opening import open_search

if TYPE_CHECKING:
    from ghostbench.workflows.enlarge_asked import Search
    from ghostbench.workflows.measure import HowToMeasure

DEFAULT_RUNGS = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class EnlargeOutcome:
    """The ladder and what stands on its last rung."""

    name: str  # of the found network: `ghostbench run NAME`
    spec_path: Path
    folder: Path  # with every candidate
    unit: str  # of the budgets: "macs" or "ms"
    score: str  # "module:function"
    is_proxy: bool  # the score stands in for accuracy, and measures none
    start: Candidate
    rungs: tuple[Rung, ...]
    scored: int  # candidates in this call
    kept: int  # candidates that were there from an earlier call
    failed: int
    remarks: tuple[str, ...]


def enlarge(
    name: str,
    budget: Budget,
    *,
    rungs: int = DEFAULT_RUNGS,
    scoring: HowToScore | None = None,
    how: "HowToMeasure | None" = None,
    keep_as: str | None = None,
    workspace: Path | None = None,
    progress: Progress | None = None,
) -> EnlargeOutcome:
    """Enlarge a network of the zoo to a budget and write what was found to `models/`.

    The budget is of multiply-adds, or of measured milliseconds on the device that `how` names. Ended early, the same
    call goes on where it was. Raises UnknownName, and UsageError for a family that cannot be enlarged, a budget below
    the start network or beyond all of them, and a score function that is not there.
    """
    from ghostbench.zoo.enlarge_messages import BUILT_IN, PROXY

    shown = progress or Silence()
    if not 1 <= rungs <= 100:
        raise UsageError(f"the ladder has from 1 to 100 rungs, not {rungs}")
    found_name = free_name(keep_as, name, budget, workspace)
    with open_search(name, budget, scoring or HowToScore(), how, workspace, shown) as search:
        start = _start(search, budget)
        best, ladder = start, []
        for number, limit in enumerate(search.ladder(start, budget, rungs), start=1):
            shapes = search.fitting(best, limit, f"rung {number} of {rungs}")
            scored = search.score_all(list(shapes), f"rung {number} of {rungs}: scoring")
            winner = best_of([best, *scored])
            grown = shapes.get(winner.shape, "nothing: what was there stayed the best")
            ladder.append(
                Rung(number=number, budget=limit, candidates=len(scored), best=winner, grown=grown)
            )
            best = winner
        remarks = (*search.remarks(best, budget), *_unmoved(ladder))
        failed = sum(candidate.failure is not None for candidate in search.ledger.kept.values())
        return EnlargeOutcome(
            name=found_name,
            spec_path=keep_spec(search.space.spec(best.shape, found_name), name, budget, workspace),
            folder=search.folder,
            unit=budget.unit,
            score=search.function,
            is_proxy=search.function == BUILT_IN[PROXY],
            start=start,
            rungs=tuple(ladder),
            scored=search.scored,
            kept=search.ledger.found_on_opening,
            failed=failed,
            remarks=remarks,
        )


def best_of(candidates: list[Candidate]) -> Candidate:
    """The highest score; of equal ones the smallest network."""
    return max(
        candidates, key=lambda one: (float("-inf") if one.score is None else one.score, -one.macs)
    )


def _start(search: "Search", budget: Budget) -> Candidate:
    shape: Shape = search.space.start
    search.refuse_small_or_endless(budget)
    (start,) = search.score_all([shape], "the start network", keep_failed=True)
    if start.failure is not None:
        raise ConversionError(f"the start network cannot be scored: {start.failure}")
    return start


def _unmoved(ladder: list[Rung]) -> tuple[str, ...]:
    empty = [str(rung.number) for rung in ladder if rung.candidates == 0]
    if not empty:
        return ()
    return (
        f"on rung {', '.join(empty)} no candidate was found that fits and can be scored; fewer rungs make larger steps",
    )
