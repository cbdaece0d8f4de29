"""What it takes to reproduce a paper, as `results/published/papers/*.toml` says."""

import tomllib
from dataclasses import dataclass
from pathlib import Path

from ghostbench.core.errors import SpecError, UnknownName
from ghostbench.core.folders import find_files
from ghostbench.core.strict import from_plain

FOLDER = "results/published/papers"


@dataclass(frozen=True, slots=True, kw_only=True)
class PaperFigure:
    """A figure or table of the paper that is drawn again, and the rows of the CSV that hold it."""

    name: str  # "table", "macs", "latency"
    title: str
    table: str  # "accuracy" or "latency"
    source: str  # the rows whose source starts with this


@dataclass(frozen=True, slots=True, kw_only=True)
class PaperDevice:
    """What the paper's times were measured on, as far as it says."""

    title: str
    soc: str
    engine: str
    threads: int
    precision: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Claim:
    """Two networks whose times the paper compares."""

    model: str
    against: str
    because: str  # what makes the two comparable


@dataclass(frozen=True, slots=True, kw_only=True)
class Paper:
    """A paper that ghostbench can check."""

    name: str
    title: str
    citation: str
    identifier: str  # how to find it: "arXiv:1911.11907"
    networks: tuple[str, ...]  # names of specs in `models/`, in the order of building
    figures: tuple[PaperFigure, ...]
    device: PaperDevice
    claims: tuple[Claim, ...] = ()
    caveats: tuple[str, ...] = ()

    def figures_of(self, table: str) -> tuple[PaperFigure, ...]:
        """Those figures whose numbers are in that table."""
        return tuple(figure for figure in self.figures if figure.table == table)


def paper_names(workspace: Path | None = None) -> list[str]:
    """The papers that `reproduce` knows."""
    return sorted(Path(name).stem for name in find_files(FOLDER, "*.toml", workspace))


def load_paper(name: str, workspace: Path | None = None) -> Paper:
    """Read one paper. Raises UnknownName, or SpecError with what is wrong in the file."""
    path = find_files(FOLDER, "*.toml", workspace).get(f"{name}.toml")
    if path is None:
        raise UnknownName("paper", name, paper_names(workspace))
    return read_paper(path)


def read_paper(path: Path) -> Paper:
    """Read one paper file."""
    try:
        paper = from_plain(tomllib.loads(path.read_text(encoding="utf-8")), Paper)
    except (OSError, ValueError) as cause:
        raise SpecError(f"{path}: {cause}") from cause
    _check(paper, path)
    return paper


def _check(paper: Paper, path: Path) -> None:
    if paper.name != path.stem:
        raise SpecError(f"{path}: the name is {paper.name!r}, but the file is called {path.name}")
    twice = sorted({name for name in paper.networks if paper.networks.count(name) > 1})
    if twice:
        raise SpecError(f"{path}: listed twice: {', '.join(twice)}")
    for claim in paper.claims:
        for name in (claim.model, claim.against):
            if name not in paper.networks:
                raise SpecError(f"{path}: a claim names {name!r}, which is not in networks")
    for figure in paper.figures:
        if figure.table not in ("accuracy", "latency"):
            raise SpecError(f"{path}: figure {figure.name!r} names table {figure.table!r}")
