"""The main job: build a paper's networks, time them, set them beside what was published."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from ghostbench.core.artifact import Artifact
from ghostbench.core.errors import ConversionError
from ghostbench.core.progress import Progress, Silence
from ghostbench.core.result import JobFailure, JobResult
from ghostbench.workflows.measure import HowToMeasure, measure, open_bench

if TYPE_CHECKING:
    from ghostbench.report.claims_text import Cell
    from ghostbench.report.papers import Paper


@dataclass(frozen=True, slots=True, kw_only=True)
class ReproduceOutcome:
    """A campaign, its results, and the files that tell of them."""

    folder: Path
    results: tuple[JobResult, ...]
    failures: tuple[JobFailure, ...]  # networks that could not be timed
    refused: tuple[str, ...]  # networks that could not be built, one line each
    files: tuple[Path, ...]  # report, figures, tables
    claims: "tuple[Mapping[str, Cell], ...]" = ()  # what became of each, as in `tables/claims.csv`


def reproduce(
    paper: str,
    *,
    precision: str = "fp32",
    parts: Sequence[str] = (),
    networks: Sequence[str] = (),
    how: HowToMeasure | None = None,
    progress: Progress | None = None,
) -> ReproduceOutcome:
    """Build, time and chart the networks of a paper. Raises UnknownName for a paper that is not known.

    `parts` are tables of the paper whose networks are timed too, `networks` others of its comparison; "all" is every
    one. All tables are written in any case: what is not timed stands in them with its counts.
    A network that cannot be built or timed does not lose the others; it is named in the outcome.
    """
    from ghostbench.report.papers import load_paper
    from ghostbench.workflows.paper_tables import chosen_networks, chosen_parts
    from ghostbench.workflows.report import joint_report

    shown = progress or Silence()
    known = load_paper(paper, (how or HowToMeasure()).workspace)
    timed_parts = chosen_parts(known, parts)
    names = (*chosen_networks(known, networks), *known.timed_by(timed_parts))
    how = replace(how or HowToMeasure(), purpose=f"reproduce {known.name}")
    bench = open_bench(how, shown)
    artifacts, refused = _build(
        tuple(dict.fromkeys(names)), known, timed_parts, precision, how, shown
    )
    measured = measure(artifacts, bench, shown)
    shown.start("report", steps=1)
    written = joint_report([measured.folder], workspace=how.workspace, progress=shown)
    shown.step()
    return ReproduceOutcome(
        folder=measured.folder,
        results=measured.results,
        failures=measured.failures,
        refused=refused,
        files=written.files.paths(),
        claims=written.claims,
    )


def _build(
    names: Sequence[str],
    paper: "Paper",
    parts: Sequence[str],
    precision: str,
    how: HowToMeasure,
    progress: Progress,
) -> tuple[list[Artifact], tuple[str, ...]]:
    """The files of networks and layers, and one line for each that could not be built."""
    from ghostbench.workflows.convert import convert
    from ghostbench.workflows.paper_tables import build_layers

    built = convert(names, precisions=(precision,), workspace=how.workspace, progress=progress)
    refused = [failure.error for failure in built.failures]
    layers: list[Artifact] = []
    try:
        layers = build_layers(
            paper.pairs_of(parts), precision=precision, workspace=how.workspace, progress=progress
        )
    except ConversionError as failure:
        refused.append(str(failure))
    for line in refused:
        progress.say(line)
    if not built.artifacts:
        raise ConversionError("none of the networks could be built; the first: " + refused[0])
    return [*built.artifacts, *layers], tuple(refused)


@dataclass(frozen=True, slots=True, kw_only=True)
class KnownPaper:
    """A paper that can be reproduced."""

    name: str
    title: str
    networks: int  # timed by every run
    more_networks: int  # with `--networks all`
    parts: tuple[str, ...]  # with `--parts`
    tables: tuple[str, ...]
    claims: int


def known_papers(workspace: Path | None = None) -> list[KnownPaper]:
    """The papers of `results/published/papers/`."""
    from ghostbench.report.papers import load_paper, paper_names

    papers = (load_paper(name, workspace) for name in paper_names(workspace))
    return [
        KnownPaper(
            name=p.name,
            title=p.title,
            networks=len(p.networks),
            more_networks=len(p.more_networks),
            parts=p.parts(),
            tables=tuple(table.name for table in p.tables),
            claims=len(p.claims),
        )
        for p in papers
    ]
