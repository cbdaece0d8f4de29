"""Which route's file to take: the files of one network timed interleaved, and one recommended with the evidence."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path

from ghostbench.core.artifact import Artifact
from ghostbench.core.progress import Progress, Silence
from ghostbench.core.result import JobResult

_DEFAULT = "keras"


@dataclass(frozen=True, slots=True, kw_only=True)
class TimedRoute:
    """A file and how long it takes."""

    artifact: Artifact
    median_ns: float
    ci95_ns: tuple[float, float] | None  # None when there were too few processes to tell


@dataclass(frozen=True, slots=True, kw_only=True)
class Recommendation:
    """The file to take of those that were timed."""

    chosen: TimedRoute
    others: tuple[TimedRoute, ...]
    told_apart: bool  # False: the default route was chosen, because no other is faster beyond doubt

    def __str__(self) -> str:
        name = f"{self.chosen.artifact.name} ({self.chosen.artifact.precision})"
        why = (
            "it is faster, the 95 % intervals do not overlap"
            if self.told_apart
            else "no route is faster beyond doubt, and this one is the default or the fastest seen"
        )
        timed = "; ".join(_told(route) for route in (self.chosen, *self.others))
        return f"{name}: take the {self.chosen.artifact.route} route: {why}. {timed}"


def compare_routes(
    artifacts: Sequence[Artifact],
    *,
    device: str,
    workspace: Path | None = None,
    progress: Progress | None = None,
) -> tuple[Recommendation, ...]:
    """Time the networks that more than one route has built, interleaved, and recommend a route for each."""
    from ghostbench.workflows.measure import HowToMeasure, measure, open_bench

    shown = progress or Silence()
    groups = [group for group in _by_network(artifacts) if len(group) > 1]
    if not groups:
        shown.say("nothing was built by more than one route, so there is nothing to compare")
        return ()
    how = HowToMeasure(device=device, purpose="compare routes", workspace=workspace)
    outcome = measure([a for group in groups for a in group], open_bench(how, shown), shown)
    shown.say(f"every sample is in {outcome.folder}")
    timed = [timed_routes(group, outcome.results) for group in groups]
    return tuple(recommend(routes) for routes in timed if routes)


def timed_routes(
    artifacts: Sequence[Artifact], results: Sequence[JobResult]
) -> tuple[TimedRoute, ...]:
    """The files that were measured."""
    of = {result.model_sha256: result for result in results}
    return tuple(
        TimedRoute(artifact=a, median_ns=of[a.sha256].median_ns, ci95_ns=of[a.sha256].ci95_ns)
        for a in artifacts
        if a.sha256 in of
    )


def recommend(routes: Sequence[TimedRoute]) -> Recommendation:
    """The fastest where its interval lies below every other's, else the default route."""
    fastest = min(routes, key=lambda route: route.median_ns)
    others = [route for route in routes if route is not fastest]
    apart = bool(others) and all(_is_below(fastest, other) for other in others)
    default = next((route for route in routes if route.artifact.route == _DEFAULT), fastest)
    chosen = fastest if apart else default
    return Recommendation(
        chosen=chosen,
        others=tuple(route for route in routes if route is not chosen),
        told_apart=apart,
    )


def _is_below(one: TimedRoute, other: TimedRoute) -> bool:
    return bool(one.ci95_ns and other.ci95_ns and one.ci95_ns[1] < other.ci95_ns[0])


def _by_network(artifacts: Sequence[Artifact]) -> list[list[Artifact]]:
    def network(artifact: Artifact) -> tuple[str, str]:
        return artifact.name, artifact.precision

    ordered = sorted(artifacts, key=network)
    return [list({a.sha256: a for a in group}.values()) for _, group in groupby(ordered, network)]


def _told(route: TimedRoute) -> str:
    interval = route.ci95_ns
    beside = f" ({interval[0] / 1e6:.3g} to {interval[1] / 1e6:.3g})" if interval else ""
    operators = sum(route.artifact.operators.values())
    return f"{route.artifact.route}: {route.median_ns / 1e6:.3g} ms{beside}, {operators} operators"
