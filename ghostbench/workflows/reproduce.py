"""The main job: build a paper's networks, time them, set them beside what was published."""

from dataclasses import dataclass, replace
from pathlib import Path

from ghostbench.core.errors import ConversionError
from ghostbench.core.progress import Progress, Silence
from ghostbench.core.result import JobFailure, JobResult
from ghostbench.workflows.measure import HowToMeasure, measure, open_bench


@dataclass(frozen=True, slots=True, kw_only=True)
class ReproduceOutcome:
    """A campaign, its results, and the files that tell of them."""

    folder: Path
    results: tuple[JobResult, ...]
    failures: tuple[JobFailure, ...]  # networks that could not be timed
    refused: tuple[str, ...]  # networks that could not be built, one line each
    files: tuple[Path, ...]  # report, figures, tables


def reproduce(
    paper: str,
    *,
    precision: str = "fp32",
    how: HowToMeasure | None = None,
    progress: Progress | None = None,
) -> ReproduceOutcome:
    """Build, time and chart the networks of a paper. Raises UnknownName for a paper that is not known.

    A network that cannot be built or timed does not lose the others; it is named in the outcome.
    """
    from ghostbench.report.papers import load_paper
    from ghostbench.workflows.convert import convert
    from ghostbench.workflows.report import write_report

    shown = progress or Silence()
    known = load_paper(paper, (how or HowToMeasure()).workspace)
    how = replace(how or HowToMeasure(), purpose=f"reproduce {known.name}")
    bench = open_bench(how, shown)
    built = convert(
        known.networks, precisions=(precision,), workspace=how.workspace, progress=shown
    )
    for failure in built.failures:
        shown.say(failure.error)
    if not built.artifacts:
        raise ConversionError(
            "none of the networks could be built; the first: " + built.failures[0].error
        )
    measured = measure(built.artifacts, bench, shown)
    shown.start("report", steps=1)
    written = write_report(measured.folder, workspace=how.workspace)
    shown.step()
    return ReproduceOutcome(
        folder=measured.folder,
        results=measured.results,
        failures=measured.failures,
        refused=tuple(failure.error for failure in built.failures),
        files=tuple(written.paths()),
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class KnownPaper:
    """A paper that can be reproduced."""

    name: str
    title: str
    networks: int


def known_papers(workspace: Path | None = None) -> list[KnownPaper]:
    """The papers of `results/published/papers/`."""
    from ghostbench.report.papers import load_paper, paper_names

    papers = (load_paper(name, workspace) for name in paper_names(workspace))
    return [KnownPaper(name=p.name, title=p.title, networks=len(p.networks)) for p in papers]
