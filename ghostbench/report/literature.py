"""What the literature says of one network, with the paper that is being checked before all others."""

from dataclasses import dataclass

from ghostbench.core.model_spec import ModelSpec
from ghostbench.report.papers import Paper
from ghostbench.report.published import (
    Published,
    PublishedAccuracy,
    PublishedLatency,
    Source,
    rows_for,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class PublishedFacts:
    """What the literature says of one network: the rows, and the numbers that are shown."""

    rows: Published
    top1_percent: float | None = None
    top1_source: Source | None = None
    macs: int | None = None
    macs_source: Source | None = None


def published_facts(
    spec: ModelSpec | None, published: Published, paper: Paper | None = None
) -> PublishedFacts:
    """The first accuracy and the first count that the spec refers to, those of the paper before others."""
    if spec is None:
        return PublishedFacts(rows=Published())
    rows = _paper_first(rows_for(spec, published), paper)
    top1 = next((row for row in rows.accuracy if row.top1_percent is not None), None)
    macs = next((row for row in rows.accuracy if row.macs is not None and _is_told(row)), None)
    return PublishedFacts(
        rows=rows,
        top1_percent=top1.top1_percent if top1 else None,
        top1_source=top1.source if top1 else None,
        macs=macs.macs if macs else None,
        macs_source=macs.source if macs else None,
    )


def _is_told(row: PublishedAccuracy) -> bool:
    # Our own counts stand in the table too; to compare a count with itself would prove nothing.
    return row.source.obtained != "counted"


def _paper_first(rows: Published, paper: Paper | None) -> Published:
    sources = tuple(figure.source for figure in paper.figures) if paper else ()

    def later(row: PublishedAccuracy | PublishedLatency) -> bool:
        return not row.source.text.startswith(sources) if sources else True

    return Published(
        accuracy=tuple(sorted(rows.accuracy, key=later)),
        latency=tuple(sorted(rows.latency, key=later)),
    )
