"""Milliseconds as the budget: candidates are timed, and aimed anew by what they took."""

import hashlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace

from ghostbench.core.enlarging import Candidate, Shape, Timing
from ghostbench.core.model_spec import ModelSpec
from ghostbench.core.progress import Progress
from ghostbench.store.candidates import CandidateLedger
from ghostbench.zoo.enlarge_moves import enlargements
from ghostbench.zoo.enlarge_space import Space


@dataclass(frozen=True, slots=True, kw_only=True)
class Untimed:
    """Why a network has no time."""

    reason: str
    lasting: (
        bool  # it will have none later either: a file that cannot be built, and not a busy device
    )


# Gives each network, by name, its time, or why it has none.
TimeNetworks = Callable[[Mapping[str, ModelSpec]], Mapping[str, Timing | Untimed]]

# How far the second aim may be from the first one, as a factor of growth: a slope between noisy times may be anything.
_LEAST_CORRECTION, _MOST_CORRECTION = 0.4, 2.0
# A network whose time moved more between two campaigns tells of a device that is not steady.
_STEADY_SHARE = 0.1


class Stopwatch:
    """Times shapes; what was timed before is not timed again."""

    def __init__(
        self, space: Space, ledger: CandidateLedger, time_networks: TimeNetworks, progress: Progress
    ) -> None:
        self._space, self._ledger, self._progress = space, ledger, progress
        self._time_networks = time_networks
        # Not written down: what a busy device fails, a quiet one times an hour later.
        self._untimed: dict[Shape, str] = {}

    def fitting(self, best: Candidate, limit_ms: float, what: str) -> dict[Shape, str]:
        """Shapes that were measured within the limit, and what grew in each.

        Each direction is aimed twice: first as if time grew with multiply-adds as it did so far, then by what that
        direction's own growth was measured to cost.
        """
        took_ms = _ms(best)
        growth = (limit_ms - took_ms) * best.macs / took_ms
        first = enlargements(self._space, best.shape, lambda direction: best.macs + growth)
        known = self.timed([*first], f"{what}: first aim", anchor=best)
        growths = _corrected(best, first, known, growth, limit_ms)
        second = enlargements(
            self._space, best.shape, lambda direction: best.macs + growths.get(direction, growth)
        )
        known |= self.timed([*second], f"{what}: second aim", anchor=best)
        return {
            shape: direction
            for shape, direction in {**second, **first}.items()
            if (timing := known[shape].timing) is not None and timing.median_ms <= limit_ms
        }

    def timed(
        self, shapes: Sequence[Shape], what: str, *, anchor: Candidate | None = None
    ) -> dict[Shape, Candidate]:
        """Each shape with its time, or why it has none. `anchor`, timed before, is timed among them to see drift."""
        kept = self._ledger.kept
        missing = [
            shape
            for shape in shapes
            if shape not in self._untimed
            and (shape not in kept or not (kept[shape].timing or kept[shape].failure))
        ]
        if missing:
            self._time(missing, what, anchor)
        return {shape: kept.get(shape) or self._failed(shape) for shape in shapes}

    @property
    def untimed(self) -> int:
        """How many shapes could not be timed."""
        return len(self._untimed)

    def remarks(self, best: Candidate, budget_ms: float) -> list[str]:
        """What a reader of the result should know of its time."""
        said = []
        if self._untimed:
            said.append(
                f"{self.untimed} networks could not be timed; on a quieter device the same command tries them again"
            )
        interval = best.timing.ci95_ms if best.timing else None
        if interval is None:
            said.append(
                "too few rounds of it count for an interval of its time; more --rounds, or a quieter device, would tell"
            )
        elif interval[1] > budget_ms:
            said.append(
                f"its time is {_ms(best):.2f} ms, but the 95 % interval reaches to {interval[1]:.2f} ms, "
                "beyond the budget; more rounds would tell"
            )
        return said

    def _failed(self, shape: Shape) -> Candidate:
        return replace(self._plain(shape), failure=self._untimed[shape])

    def _plain(self, shape: Shape) -> Candidate:
        count = self._space.count(shape)
        return Candidate(shape=shape, macs=count.macs, params=count.params)

    def _time(self, shapes: Sequence[Shape], what: str, anchor: Candidate | None) -> None:
        wanted = [*shapes, *([anchor.shape] if anchor else [])]
        self._progress.say(f"{what}: timing {len(wanted)} networks")
        specs = {(name := _name(shape)): self._space.spec(shape, name) for shape in wanted}
        found = self._time_networks(specs)
        for shape in shapes:
            took = found.get(_name(shape), Untimed(reason="it was not timed", lasting=False))
            if isinstance(took, Timing):
                self._ledger.add(replace(self._plain(shape), timing=took))
            elif took.lasting:
                self._ledger.add(replace(self._plain(shape), failure=took.reason))
            else:
                self._untimed[shape] = took.reason
        if anchor is not None:
            self._tell_drift(_ms(anchor), found.get(_name(anchor.shape)))

    def _tell_drift(self, before_ms: float, now: Timing | Untimed | None) -> None:
        if isinstance(now, Timing) and abs(now.median_ms / before_ms - 1) > _STEADY_SHARE:
            self._progress.say(
                f"the best network so far took {before_ms:.2f} ms before and {now.median_ms:.2f} ms now: "
                "the device is not steady, so budgets are met only roughly"
            )


def _corrected(
    best: Candidate,
    first: Mapping[Shape, str],
    known: Mapping[Shape, Candidate],
    growth: float,
    limit_ms: float,
) -> dict[str, float]:
    """For each direction, by how many multiply-adds it may grow, from what its largest candidate took."""
    found: dict[str, float] = {}
    for shape, direction in sorted(first.items(), key=lambda pair: known[pair[0]].macs):
        timing = known[shape].timing
        if timing is None:
            continue
        more_ms, room_ms = timing.median_ms - _ms(best), limit_ms - _ms(best)
        factor = room_ms / more_ms if more_ms > 0 else _MOST_CORRECTION
        factor = min(_MOST_CORRECTION, max(_LEAST_CORRECTION, factor))
        found[direction] = min((known[shape].macs - best.macs) * factor, growth * _MOST_CORRECTION)
    return found


def _ms(candidate: Candidate) -> float:
    assert candidate.timing is not None  # only what was timed within a budget becomes the best
    return candidate.timing.median_ms


def _name(shape: Shape) -> str:
    return f"candidate-{hashlib.sha256(str(shape).encode()).hexdigest()[:10]}"
