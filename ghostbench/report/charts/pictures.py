"""All pictures of a study, drawn once for the files and for the page."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from matplotlib.figure import Figure

from ghostbench.report.charts.latency import latency_figure
from ghostbench.report.charts.macs import macs_figure
from ghostbench.report.charts.paper_tables import draw_tables
from ghostbench.report.charts.points import counted_points, latency_points
from ghostbench.report.charts.profile import profile_figure
from ghostbench.report.charts.style import drawing
from ghostbench.report.study import Study


@dataclass(frozen=True, slots=True, kw_only=True)
class Pictures:
    """None stands where nothing could be drawn, since no network has a published accuracy."""

    macs: Figure | None
    latency: tuple[Figure | None, ...]  # one for each group of the study
    profiles: Mapping[str, Figure] = field(
        default_factory=dict
    )  # by record, where a profile of its file is stored
    tables: tuple[tuple[str, Figure], ...] = ()  # of the paper's tables, by name

    def named(self, study: Study) -> Iterator[tuple[str, Figure]]:
        """Each picture with the name of its file."""
        if self.macs:
            yield "flops", self.macs
        for place, (group, figure) in enumerate(zip(study.groups, self.latency, strict=True)):
            if figure:
                yield "latency" if place == 0 else f"latency-{place + 1}-{group.name}", figure
        yield from self.tables


def draw_pictures(study: Study) -> Pictures:
    """Draw everything that there is to draw."""
    networks = [network for group in study.groups for network in group.networks]
    return Pictures(
        macs=macs_figure(study) if counted_points(networks) else None,
        latency=tuple(
            latency_figure(study, group) if latency_points(group) else None
            for group in study.groups
        ),
        profiles=_profiles(study),
        tables=tuple(draw_tables(study.tables)),
    )


def _profiles(study: Study) -> dict[str, Figure]:
    found = {}
    for network in (network for group in study.groups for network in group.networks):
        if network.profile:
            with drawing():
                found[network.result.record_id] = profile_figure(network.profile)
    return found
