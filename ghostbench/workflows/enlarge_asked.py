"""What is asked of a search, and the search itself: its space, its ledger, its scoring process."""

import time
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING

from ghostbench.core.enlarging import Candidate, Shape
from ghostbench.core.errors import GhostbenchError, UsageError
from ghostbench.core.progress import Progress

if TYPE_CHECKING:
    from ghostbench.store.candidates import CandidateLedger
    from ghostbench.workflows.enlarge_latency import Stopwatch
    from ghostbench.zoo.enlarge_messages import ScoringSetup
    from ghostbench.zoo.enlarge_process import ScoringProcess
    from ghostbench.zoo.enlarge_space import Space

FOLDER = "enlarge"
_TOLD_UNREADABLE = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class Budget:
    """How large or slow the network may become: one of the two."""

    macs: float | None = None
    ms: float | None = None

    def __post_init__(self) -> None:
        if (self.macs is None) == (self.ms is None):
            raise UsageError("give one budget: multiply-adds, or milliseconds on a device")
        if not 0 < self.most < float("inf"):
            raise UsageError(f"a budget is above zero, not {self.most:g}")

    @property
    def most(self) -> float:
        """The number, whatever its unit."""
        return float(self.macs if self.macs is not None else self.ms or 0)

    @property
    def unit(self) -> str:
        """Of the number: "macs" or "ms"."""
        return "macs" if self.macs is not None else "ms"

    def told(self, amount: float | None = None) -> str:
        """An amount of its unit, the budget itself unless given, for people."""
        number = self.most if amount is None else amount
        return (
            f"{number / 1e6:.1f} M multiply-adds" if self.macs is not None else f"{number:.2f} ms"
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class HowToScore:
    """Which function says how good a candidate is, and what it is given."""

    function: str | None = (
        None  # a built-in's name or "module:function"; None: training if there are images
    )
    images: Path | None = None  # a folder with one folder a class, or a CSV file
    limit: int = 2000  # images, drawn by lot, the same ones each time
    epochs: int = 5
    seed: int = 0
    timeout_s: float = 3600.0  # for one candidate
    command: tuple[str, ...] | None = None  # the scoring program, where it is not ghostbench's own

    def __post_init__(self) -> None:
        if self.limit < 10 or self.epochs < 1 or self.timeout_s <= 0:
            raise UsageError("a search needs at least 10 images, one epoch, and some time")


@dataclass(slots=True, kw_only=True)
class Search:
    """An opened search."""

    space: "Space"
    folder: Path
    function: str
    ledger: "CandidateLedger"
    progress: Progress
    setup: "ScoringSetup"
    process: "ScoringProcess"
    stopwatch: "Stopwatch | None"
    differs: str = ""
    scored: int = 0
    unreadable: set[str] = field(default_factory=set)

    def candidate(self, shape: Shape) -> Candidate:
        """What is known of a shape."""
        count = self.space.count(shape)
        return self.ledger.kept.get(shape) or Candidate(
            shape=shape, macs=count.macs, params=count.params
        )

    def refuse_small_or_endless(self, budget: Budget) -> None:
        """Raise UsageError for a budget below the start network, or one that nothing in the space can use."""
        start = self.candidate(self.space.start)
        cost: float = start.macs
        if self.stopwatch is not None:
            start = self.stopwatch.timed([start.shape], "the start network")[start.shape]
            if start.timing is None:
                raise GhostbenchError(f"the start network cannot be timed: {start.failure}")
            cost = start.timing.median_ms
        if budget.most <= cost:
            raise UsageError(
                f"the budget of {budget.told()} is not above the start network's {budget.told(cost)}; give a larger one"
            )
        growth = self.space.count(self.space.largest).macs / start.macs
        if budget.most / cost > growth:
            raise UsageError(
                f"the budget of {budget.told()} is out of reach: the largest network of the space has "
                f"{growth:.0f} times the multiply-adds of the start"
            )

    def ladder(self, start: Candidate, budget: Budget, rungs: int) -> list[float]:
        """The budgets of the rungs."""
        from ghostbench.zoo.enlarge_moves import ladder

        timing = start.timing
        cost = timing.median_ms if self.stopwatch is not None and timing else start.macs
        return ladder(cost, budget.most, rungs)

    def fitting(self, best: Candidate, limit: float, what: str) -> dict[Shape, str]:
        """Shapes within a budget that grow out of the best one, and what grew."""
        from ghostbench.zoo.enlarge_moves import enlargements

        if self.stopwatch is not None:
            return self.stopwatch.fitting(best, limit, what)
        return enlargements(self.space, best.shape, lambda direction: limit)

    def score_all(
        self, shapes: Sequence[Shape], title: str, *, keep_failed: bool = False
    ) -> list[Candidate]:
        """Score what has no score yet, each written down at once. Those that fail are left out unless kept."""
        known = [self.candidate(shape) for shape in shapes]
        self.progress.start(title, steps=len(known))
        done = [self._scored(candidate) for candidate in known]
        return [candidate for candidate in done if keep_failed or candidate.score is not None]

    def _scored(self, candidate: Candidate) -> Candidate:
        if candidate.score is None and candidate.failure is None:
            self.progress.doing(str(candidate.shape))
            started = time.monotonic()
            spec = self.space.spec(candidate.shape, "candidate")
            report = self.process.score(replace(spec, classes=self.setup.classes, expected=None))
            candidate = replace(
                candidate,
                score=report.score,
                failure=report.failure,
                seconds=round(time.monotonic() - started, 3),
            )
            self.ledger.add(candidate)
            self.scored += 1
            self.unreadable.update(report.unreadable)
            if report.failure is not None:
                self.progress.say(f"{candidate.shape}: {report.failure}")
        self.progress.step()
        return candidate

    def remarks(self, best: Candidate, budget: Budget) -> tuple[str, ...]:
        """What a reader of the result should know."""
        said = [self.differs] if self.differs else []
        if self.unreadable:
            shown = ", ".join(sorted(self.unreadable)[:_TOLD_UNREADABLE])
            said.append(
                f"{len(self.unreadable)} images cannot be read and were left out, among them {shown}"
            )
        if self.stopwatch is not None and budget.ms is not None:
            said += self.stopwatch.remarks(best, budget.ms)
        return tuple(said)
