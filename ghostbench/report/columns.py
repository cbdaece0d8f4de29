"""The columns in which a person reads a study, the same on the page and in Markdown."""

from collections.abc import Callable
from dataclasses import dataclass

from ghostbench.core.result import JobResult
from ghostbench.core.verdict import Severity, Verdict
from ghostbench.report.claims_evidence import front_chances
from ghostbench.report.claims_text import chance_text
from ghostbench.report.comparisons import published_ms
from ghostbench.report.page_accuracy import share_text_of
from ghostbench.report.papers import Paper
from ghostbench.report.published import Source
from ghostbench.report.quantities import (
    UNKNOWN,
    change_text,
    count_text,
    interval_text,
    megabytes_text,
    millions_text,
    ms_text,
    percent_text,
)
from ghostbench.report.study import Group, Network, Study

_NS_PER_MS = 1_000_000
# In place of a quantile that the samples cannot tell; why stands below the table.
WITHHELD = "withheld"
_ORDER = {Verdict.VALID: 0, Verdict.SUSPECT: 1, Verdict.INVALID: 2}


@dataclass(frozen=True, slots=True, kw_only=True)
class Column:
    """A column of the tables for people."""

    heading: str
    cell: Callable[[Network], str]
    order: Callable[[Network], float | str | None]  # what sorting goes by
    numeric: bool = True
    kind: str = "measured"  # or "published", "counted", "name": so that none is taken for another


def people_columns(study: Study, sources: "SourceList", group: Group | None = None) -> list[Column]:
    """The columns in which a person reads a study; of a group those that it has something for."""
    columns = [
        Column(heading="Network", cell=lambda n: n.title, order=lambda n: n.title.lower(), numeric=False, kind="name"),
        Column(
            heading="Params, M",
            cell=lambda n: millions_text(n.params, decimals=2),
            order=lambda n: n.params,
            kind="counted",
        ),
        Column(
            heading="MACs counted, M",
            cell=lambda n: millions_text(n.macs, decimals=1),
            order=lambda n: n.macs,
            kind="counted",
        ),
        Column(
            heading="MACs published, M",
            cell=lambda n: millions_text(n.published_macs) + sources.mark(n.published_macs_source),
            order=lambda n: n.published_macs,
            kind="published",
        ),
        Column(
            heading="Difference",
            cell=lambda n: change_text(n.macs_change_percent),
            order=lambda n: n.macs_change_percent,
            kind="counted",
        ),
        Column(
            heading="Top-1 published",
            cell=lambda n: percent_text(n.top1_percent) + sources.mark(n.top1_source),
            order=lambda n: n.top1_percent,
            kind="published",
        ),
    ]  # fmt: skip
    return columns + _accuracy_columns(group) + _time_columns(study) + _front_columns(group)


def _accuracy_columns(group: Group | None) -> list[Column]:
    """What was measured on images; no column where nothing was."""
    if group is None or not any(network.accuracy for network in group.networks):
        return []
    return [
        Column(
            heading="Top-1 measured (95 % interval)",
            cell=lambda n: share_text_of(n.accuracy.top1) if n.accuracy else UNKNOWN,
            order=lambda n: n.accuracy.top1.percent if n.accuracy else None,
        )
    ]


def _front_columns(group: Group | None) -> list[Column]:
    """How surely each network is on the Pareto front; no column where that cannot be told."""
    chances = front_chances(group) if group else {}
    if not chances:
        return []
    return [
        Column(
            heading="On the front",
            cell=lambda n: chance_text(chances.get(n.result.record_id)),
            order=lambda n: chances.get(n.result.record_id),
        )
    ]


def _time_columns(study: Study) -> list[Column]:
    return [
        _time_column("Median, ms", lambda result: result.median_ns),
        Column(
            heading="95 % interval, ms",
            cell=lambda n: interval_text(n.result.ci95_ns, around_ns=n.result.median_ns),
            order=lambda n: n.result.ci95_ns[0] if n.result.ci95_ns else None,
        ),
        *(
            [_paper_column(study.paper)]
            if study.paper and study.paper.figures_of("latency")
            else []
        ),
        Column(
            heading="p95, ms",
            cell=lambda n: (
                ms_text(n.result.p95_ns, n.result.ci95_ns)
                if n.result.p95_ns is not None
                else WITHHELD
            ),
            order=lambda n: n.result.p95_ns,
        ),
        _time_column("Min, ms", lambda result: result.min_ns),
        Column(
            heading="Init, ms",
            cell=lambda n: ms_text(n.result.init_ns),
            order=lambda n: n.result.init_ns,
        ),
        Column(
            heading="Peak memory, MB",
            cell=lambda n: megabytes_text(n.result.peak_rss_bytes),
            order=lambda n: n.result.peak_rss_bytes,
        ),
        Column(
            heading="Samples / blocks",
            cell=_samples_text,
            order=lambda n: len(n.result.samples),
        ),
        Column(heading="Verdict", cell=_verdict_text, order=lambda n: _ORDER[n.result.verdict]),
    ]


def _paper_column(paper: Paper) -> Column:
    def text(network: Network) -> str:
        ms = published_ms(network, paper)
        return UNKNOWN if ms is None else ms_text(ms * _NS_PER_MS)

    return Column(
        heading=f"{paper.device.title} (paper), ms",
        cell=text,
        order=lambda n: published_ms(n, paper),
        kind="published",
    )


def _time_column(heading: str, time_ns: Callable[[JobResult], float | None]) -> Column:
    return Column(
        heading=heading,
        cell=lambda n: ms_text(time_ns(n.result), n.result.ci95_ns),
        order=lambda n: time_ns(n.result),
    )


def _samples_text(network: Network) -> str:
    result = network.result
    told = f"{count_text(len(result.samples))} / {len(result.blocks)}"
    return f"{told} ({len(result.excluded)} excluded)" if result.excluded else told


def _verdict_text(network: Network) -> str:
    """In words: VALID, or what it is and the codes of the reasons."""
    result = network.result
    codes = dict.fromkeys(r.code for r in result.reasons if r.severity is not Severity.NOTE)
    told = ", ".join(codes)
    return f"{result.verdict}: {told}" if told else result.verdict.value


class SourceList:
    """Numbers the sources in the order in which they are first used."""

    def __init__(self) -> None:
        self._sources: list[Source] = []

    def mark(self, source: Source | None) -> str:
        """A space and the number in brackets; nothing where there is no source."""
        if source is None:
            return ""
        if source not in self._sources:
            self._sources.append(source)
        return f" [{self._sources.index(source) + 1}]"

    def lines(self) -> list[str]:
        """Every source with how its numbers were obtained, in the order of the numbers."""
        return [f"{source.text} ({source.obtained})" for source in self._sources]
