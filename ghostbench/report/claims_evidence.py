"""The numbers that claims are judged by: networks of one campaign, round by round, and families as curves."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby

import numpy as np

from ghostbench.core.result import JobResult
from ghostbench.report.families import family_key, series_and_label
from ghostbench.report.study import Group, Network
from ghostbench.stats.curves import Curve, common_range, curve_of, ratios_along, times_at
from ghostbench.stats.intervals import MIN_BLOCKS
from ghostbench.stats.ranking import front_probabilities
from ghostbench.stats.summary import Numbers, typical_time

_SEED = 20200613  # of every drawing, so that a report made again says the same
_TO_DEVIATION = 2 * 1.959964  # of a 95 % interval that is as wide as its standard error times this


@dataclass(frozen=True, slots=True)
class CurvePoint:
    """A network on a curve: published times have one column, measured ones as many as rounds."""

    title: str
    family: str
    accuracy_percent: float
    times: tuple[float, ...]


def drawing_source() -> np.random.Generator:
    """Where all drawings of a report come from."""
    return np.random.default_rng(_SEED)


def times_together(results: Sequence[JobResult]) -> Numbers | None:
    """Block medians by job (rows) and by the rounds that all have (columns), by session from three on.

    None when they have no round in common: then nothing can be said of them together.
    """
    places = [
        {(result.campaign, b.session, b.round): b.median_ns for b in result.blocks}
        for result in results
    ]
    common = [place for place in (places[0] if places else ()) if all(place in p for p in places)]
    if not common:
        return None
    sessions = [[*those] for _, those in groupby(sorted(common), key=lambda place: place[:2])]
    if len(sessions) < MIN_BLOCKS:
        return np.array([[p[place] for place in common] for p in places])
    return np.array(
        [[typical_time(np.array([p[place] for place in s])) for s in sessions] for p in places]
    )


def unit_of(networks: Sequence[Network]) -> str:
    """What the columns of `times_together` stand for."""
    sessions = {(n.result.campaign, b.session) for n in networks for b in n.result.blocks}
    return "round" if len(sessions) < MIN_BLOCKS else "session"


def by_campaign(group: Group) -> Iterator[list[Network]]:
    """The networks of each campaign of a group, the largest campaign first: within one, rounds are shared."""
    members: dict[str, list[Network]] = {}
    for network in group.networks:
        members.setdefault(network.result.campaign, []).append(network)
    yield from sorted(members.values(), key=len, reverse=True)


def front_chances(group: Group) -> dict[str, float]:
    """The probability of each network to lie on the Pareto front of its campaign, by record; at least three rounds."""
    found: dict[str, float] = {}
    for networks in by_campaign(group):
        placed = [n for n in networks if n.accuracy_percent is not None]
        times = times_together([n.result for n in placed])
        if group.made_up or times is None or times.shape[1] < MIN_BLOCKS:
            continue
        ends = [n.accuracy_interval or (0.0, 0.0) for n in placed]
        chances = front_probabilities(
            times,
            np.array([n.accuracy_percent for n in placed], dtype=np.float64),
            drawing_source(),
            accuracy_errors=np.array([(high - low) / _TO_DEVIATION for low, high in ends]),
        )
        found |= {n.result.record_id: float(c) for n, c in zip(placed, chances, strict=True)}
    return found


def measured_curve_points(networks: Sequence[Network]) -> list[CurvePoint]:
    """The networks that have an accuracy, with their times in the rounds that all of them share."""
    placed = [n for n in networks if n.accuracy_percent is not None]
    times = times_together([n.result for n in placed])
    if times is None:
        return []
    return [
        CurvePoint(n.title, n.family, n.accuracy_percent or 0.0, tuple(map(float, row)))
        for n, row in zip(placed, times, strict=True)
    ]


def curves(points: Sequence[CurvePoint]) -> dict[str, Curve]:
    """One curve for each series of networks that differ in width only, by the name of the series."""
    members: dict[str, list[CurvePoint]] = {}
    for point in points:
        members.setdefault(series_name(point.title), []).append(point)
    return {
        name: curve_of(
            np.array([p.accuracy_percent for p in those]), np.array([p.times for p in those])
        )
        for name, those in members.items()
    }


def series_name(title: str) -> str:
    """The same name for every way of writing the networks of one curve.

    >>> series_name("MobileNetV3 Large 0.75x"), series_name("EfficientNet-B0")
    ('mobilenetv3large', 'efficientnet')
    """
    return family_key(series_and_label(title.replace("-", " "))[0])


@dataclass(frozen=True, slots=True, kw_only=True)
class AlongCurves:
    """One curve against another over a range of accuracies, by round."""

    between: tuple[float, float]
    measured: Numbers  # over the whole range
    published: float
    places: tuple[tuple[float, Numbers, float], ...]  # accuracy, measured ratios, published ratio


def along_curves(
    measured: tuple[Curve, Curve], published: tuple[Curve, Curve]
) -> AlongCurves | None:
    """Where both measured and both published curves reach; None when they share no accuracy."""
    between = common_range(*measured, *published)
    if between is None:
        return None
    low, high = between
    places = (low,) if low == high else (low, (low + high) / 2, high)
    return AlongCurves(
        between=between,
        measured=ratios_along(*measured, between),
        published=float(ratios_along(*published, between)[0]),
        places=tuple(
            (
                place,
                times_at(measured[0], place) / times_at(measured[1], place),
                float((times_at(published[0], place) / times_at(published[1], place))[0]),
            )
            for place in places
        ),
    )
