"""What a chart shows, as plain values: points that know how much they may be trusted."""

from collections.abc import Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import TYPE_CHECKING

from ghostbench.core.errors import UsageError
from ghostbench.core.verdict import Verdict
from ghostbench.report.families import family_key, family_order, series_and_label
from ghostbench.report.papers import Paper
from ghostbench.report.published import Published
from ghostbench.report.study import Group, Network

if TYPE_CHECKING:
    import pandas as pd

_NS_PER_MS = 1e6


@dataclass(frozen=True, slots=True, kw_only=True)
class ChartPoint:
    """One network in a chart: x is its cost, y its accuracy in percent."""

    title: str
    family: str
    x: float
    y: float
    x_low: float | None = None  # the interval of x, where one is known
    x_high: float | None = None
    y_low: float | None = (
        None  # the interval of an accuracy that was measured; None for a published one
    )
    y_high: float | None = None
    origin: str = (
        ""  # the campaign, where several stand together: curves join what was measured together
    )
    cautioned: bool = False  # x is not VALID
    made_up: bool = False  # x comes from a simulated or emulated device

    @property
    def place(self) -> tuple[float, float]:
        """Where it stands."""
        return self.x, self.y


def latency_points(group: Group) -> list[ChartPoint]:
    """Measured medians in milliseconds against top-1, measured or published; without an accuracy there is no place."""
    several = len(group.campaigns) > 1
    return [
        _latency_point(network, group.made_up, network.result.campaign if several else "")
        for network in group.networks
        if network.accuracy_percent
    ]


def _latency_point(network: Network, made_up: bool, origin: str) -> ChartPoint:
    low, high = network.result.ci95_ns or (None, None)
    y_low, y_high = network.accuracy_interval or (None, None)
    return ChartPoint(
        title=network.title,
        family=network.family,
        x=network.result.median_ns / _NS_PER_MS,
        y=network.accuracy_percent or 0.0,
        y_low=y_low,
        y_high=y_high,
        origin=origin,
        x_low=low / _NS_PER_MS if low else None,
        x_high=high / _NS_PER_MS if high else None,
        cautioned=network.result.verdict is not Verdict.VALID,
        made_up=made_up,
    )


def counted_points(networks: Iterable[Network]) -> list[ChartPoint]:
    """Our own counts, in millions of multiply-adds, against top-1, measured or published; each network once."""
    points = {
        network.title: ChartPoint(
            title=network.title,
            family=network.family,
            x=network.macs / 1e6,
            y=network.accuracy_percent,
            y_low=network.accuracy_interval[0] if network.accuracy_interval else None,
            y_high=network.accuracy_interval[1] if network.accuracy_interval else None,
            cautioned=bool(network.artifact and network.artifact.uncounted),
        )
        for network in networks
        if network.macs and network.accuracy_percent
    }
    return list(points.values())


def published_macs_points(
    published: Published, paper: Paper, networks: Iterable[Network] = ()
) -> list[ChartPoint]:
    """Millions of multiply-adds against top-1, as the paper's table and figure print them; equal rows once.

    A network that the paper leaves out stands where its own source puts it.
    """
    sources = tuple(figure.source for figure in paper.figures_of("accuracy"))
    found: dict[tuple[str, float, float], ChartPoint] = {}
    for row in published.accuracy:
        if row.macs and row.top1_percent and row.source.text.startswith(sources) and sources:
            point = ChartPoint(
                title=row.model, family=row.family, x=row.macs / 1e6, y=row.top1_percent
            )
            found.setdefault((family_key(row.family), *point.place), point)
    placed = {(family, top1) for family, _, top1 in found}
    for network in networks:
        key = (family_key(network.family), network.top1_percent)
        if network.published_macs and network.top1_percent and key not in placed:
            x, y = network.published_macs / 1e6, network.top1_percent
            point = ChartPoint(title=network.title, family=network.family, x=x, y=y)
            found.setdefault((key[0], x, y), point)
    return list(found.values())


def published_latency_points(published: Published, paper: Paper) -> list[ChartPoint]:
    """Milliseconds against top-1 on the paper's own device, with the error of reading them off its figure."""
    sources = tuple(figure.source for figure in paper.figures_of("latency"))
    points = []
    for row in published.latency:
        if row.latency_ms and row.top1_percent and row.source.text.startswith(sources) and sources:
            error = row.source.error_ms
            points.append(
                ChartPoint(
                    title=f"{row.model} {_width(row.variant)}",
                    family=row.model,
                    x=row.latency_ms,
                    y=row.top1_percent,
                    x_low=row.latency_ms - error if error else None,
                    x_high=row.latency_ms + error if error else None,
                )
            )
    return points


def _width(variant: str) -> str:
    """What a row of the latency table calls the network, without remarks.

    >>> _width("1.1x (164M)"), _width("272M (~1.43x inferred)"), _width("large, width unknown (74.3 top-1)")
    ('1.1x', '272M', 'large ?x')
    """
    plain = variant.split(" (")[0]
    return plain.replace(", width unknown", " ?x").removeprefix("TFLite-hosted ")


# What a frame must have: `load_results` gives the first three, `with_published` adds the last.
FRAME_COLUMNS = ("title", "family", "median_ms", "top1_published_percent")


def points_from_frame(frame: "pd.DataFrame") -> list[ChartPoint]:
    """Rows of a results frame as points; rows without an accuracy or a time are left out."""
    missing = [name for name in FRAME_COLUMNS if name not in frame.columns]
    if missing:
        raise UsageError(f"the frame lacks the columns {', '.join(missing)}")
    points = []
    for row in frame.to_dict("records"):
        x, y = _known(row["median_ms"]), _known(row["top1_published_percent"])
        if x is not None and y is not None:
            points.append(
                ChartPoint(
                    title=str(row["title"]),
                    family=str(row["family"]),
                    x=x,
                    y=y,
                    x_low=_known(row.get("ci95_low_ms")),
                    x_high=_known(row.get("ci95_high_ms")),
                    cautioned=_is_doubtful(row),
                    made_up=bool(row.get("emulated")) or row.get("device_kind") == "simulated",
                )
            )
    return points


def _is_doubtful(row: Mapping[Hashable, object]) -> bool:
    """By its verdict; a frame of a user's own may tell of cautions only."""
    return row["verdict"] != Verdict.VALID if "verdict" in row else bool(row.get("cautions"))


def _known(cell: object) -> float | None:
    number = float(cell) if isinstance(cell, (int, float)) else None
    return None if number is None or number != number else number


def series_of(points: Sequence[ChartPoint]) -> list[list[ChartPoint]]:
    """The curves: networks that differ in width only, from the least to the most accurate.

    Not by cost: a wider network that was measured faster than a narrower one should show as a line that turns back.
    """
    curves: dict[tuple[str, str, str], list[ChartPoint]] = {}
    for point in points:
        name = series_and_label(point.title.replace("-", " "))[0]
        curves.setdefault((family_key(point.family), name, point.origin), []).append(point)
    return [
        sorted(curves[key], key=lambda point: (point.y, point.x))
        for key in sorted(curves, key=lambda key: (family_order(key[0]), *key[1:]))
    ]


def overlapping(points: Sequence[ChartPoint]) -> bool:
    """Whether for some pair of points the intervals leave open which one costs less."""
    known = [(p.x_low or p.x, p.x_high or p.x) for p in points]
    return any(a[0] <= b[1] and b[0] <= a[1] for a, b in combinations(known, 2))


def families_of(points: Iterable[ChartPoint]) -> list[str]:
    """Each family once, in the order of the legend."""
    by_key: dict[str, str] = {}
    for point in points:
        by_key.setdefault(family_key(point.family), point.family)
    return sorted(by_key.values(), key=family_order)


def refuse_mixture(points: Iterable[ChartPoint]) -> bool:
    """Whether all points are made up. Raises UsageError when some are and others are not."""
    kinds = {point.made_up for point in points}
    if len(kinds) == 2:
        raise UsageError(
            "times of a simulated or emulated device mean nothing and are never drawn together with real ones; "
            "draw them apart"
        )
    return kinds == {True}
