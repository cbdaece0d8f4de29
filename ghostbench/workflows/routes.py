"""Which route's file to take: the files of one network timed interleaved, and one recommended with the evidence."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path

from ghostbench.core.artifact import Artifact
from ghostbench.core.comparison import Comparison, Side
from ghostbench.core.progress import Progress, Silence

_DEFAULT = "keras"


@dataclass(frozen=True, slots=True, kw_only=True)
class Recommendation:
    """The file to take of those that were timed."""

    chosen: Artifact
    others: tuple[Artifact, ...]
    # The chosen one against each of the others, round by round: a ratio below one says that the chosen one is faster.
    evidence: tuple[Comparison, ...]

    @property
    def told_apart(self) -> bool:
        """Whether the chosen one is faster than every other beyond doubt; else it is the default one."""
        return all(comparison.verdict == -1 for comparison in self.evidence)

    def __str__(self) -> str:
        name = f"{self.chosen.name} ({self.chosen.precision})"
        found = "; ".join(
            _told(self.chosen, other, comparison)
            for other, comparison in zip(self.others, self.evidence, strict=True)
        )
        return f"{name}: take the {self.chosen.route} route. {found}"


def compare_routes(
    artifacts: Sequence[Artifact],
    *,
    device: str,
    workspace: Path | None = None,
    progress: Progress | None = None,
) -> tuple[Recommendation, ...]:
    """Time the networks that more than one route has built, interleaved, and recommend a route for each."""
    from ghostbench.store.campaign import load_campaign
    from ghostbench.store.sides import campaign_sides
    from ghostbench.workflows.measure import HowToMeasure, measure, open_bench

    shown = progress or Silence()
    groups = [group for group in _by_network(artifacts) if len(group) > 1]
    if not groups:
        shown.say("nothing was built by more than one route, so there is nothing to compare")
        return ()
    how = HowToMeasure(device=device, purpose="compare routes", workspace=workspace)
    outcome = measure([a for group in groups for a in group], open_bench(how, shown), shown)
    for failure in outcome.failures:
        shown.say(f"{failure.job_id} could not be timed: {failure.reasons[0]}")
    shown.say(f"every sample is in {outcome.folder}")
    sides = {side.model_sha256: side for side in campaign_sides(load_campaign(outcome.folder))}
    timed = [[artifact for artifact in group if artifact.sha256 in sides] for group in groups]
    return tuple(recommend(group, sides) for group in timed if len(group) > 1)


def recommend(artifacts: Sequence[Artifact], sides: dict[str, Side]) -> Recommendation:
    """The one that is faster than every other beyond doubt, where there is one; else the default route's.

    `sides` are what was measured, by the digest of the file.
    """
    from ghostbench.workflows.compare import compared

    def against_others(chosen: Artifact) -> Recommendation:
        others = tuple(artifact for artifact in artifacts if artifact is not chosen)
        evidence = tuple(compared(sides[chosen.sha256], sides[other.sha256]) for other in others)
        return Recommendation(chosen=chosen, others=others, evidence=evidence)

    candidates = [against_others(artifact) for artifact in artifacts]
    default = next((c for c in candidates if c.chosen.route == _DEFAULT), candidates[0])
    return next((c for c in candidates if c.told_apart), default)


def _by_network(artifacts: Sequence[Artifact]) -> list[list[Artifact]]:
    def network(artifact: Artifact) -> tuple[str, str]:
        return artifact.name, artifact.precision

    ordered = sorted(artifacts, key=network)
    return [list({a.sha256: a for a in group}.values()) for _, group in groupby(ordered, network)]


def _told(chosen: Artifact, other: Artifact, found: Comparison) -> str:
    """The evidence in words."""
    percent = 100 * (found.ratio - 1)
    apart = f"{abs(percent):.1f} % {'less' if percent < 0 else 'more'} time than {other.route}"
    rounds = f"{found.rounds} rounds"
    kinds = f"{_operators(chosen)} against {_operators(other)} operators"
    if found.ci95 is None:
        return f"It took {apart}, in {rounds}, too few to tell ({kinds})"
    low, high = sorted(100 * (end - 1) for end in found.ci95)
    evidence = f"95 % interval {low:+.1f} to {high:+.1f} %, p = {found.p_value:.2g}, {found.test}, {rounds}; {kinds}"
    if found.verdict == 0:
        margin = f"{100 * found.same_within:g} %"
        same = f"the same within {margin}" if found.same else "not told apart"
        return f"It took {apart}, and they are {same}, so the default stands ({evidence})"
    if found.verdict == 1:
        return f"It takes {apart}, but no one route is faster than all others ({evidence})"
    return f"It takes {apart} ({evidence})"


def _operators(artifact: Artifact) -> int:
    return sum(artifact.operators.values())
