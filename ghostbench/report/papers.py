"""What it takes to reproduce a paper, as `results/published/papers/*.toml` says."""

import re
import tomllib
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
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


TABLE_KINDS = ("accuracy", "compression", "detection", "modules")
EVERY_PART = "all"
_OTHER_TABLES = ("networks", "claims")  # files of every report


@dataclass(frozen=True, slots=True, kw_only=True)
class LayerPair:
    """An ordinary convolution and the Ghost module in its place, each a network of its own."""

    of: str  # where such a layer stands: "GhostNet, block 16, expansion"
    inputs: int
    outputs: int
    kernel: int
    px: int
    ratio: int = 2
    dw_size: int = 3

    @property
    def name(self) -> str:
        """What the files of both begin with."""
        return f"layer-{self.kernel}x{self.kernel}-{self.inputs}-{self.outputs}-{self.px}px"

    @property
    def ordinary(self) -> str:
        """The name of the convolution's file."""
        return f"{self.name}-convolution"

    @property
    def ghost(self) -> str:
        """The name of the Ghost module's file."""
        return f"{self.name}-ghost-s{self.ratio}-d{self.dw_size}"


@dataclass(frozen=True, slots=True, kw_only=True)
class TableOutline:
    """A table of the paper that is set beside our own counts and times."""

    name: str  # of its files: "table7"
    part: str  # with which its networks are timed
    title: str
    kind: str  # of TABLE_KINDS
    rows: tuple[str, ...] = ()  # how the sources begin; of compression.csv, the column `table`
    networks: Mapping[str, str] = field(
        default_factory=dict
    )  # row to network of the zoo; accuracy goes by specs
    backbones: Mapping[str, str] = field(default_factory=dict)  # of detectors, likewise
    missing: Mapping[str, str] = field(default_factory=dict)  # row to why no network stands for it
    timed: tuple[str, ...] = ()  # networks that the part times beside those of every run
    pairs: tuple[LayerPair, ...] = ()
    baselines: Mapping[str, str] = field(default_factory=dict)  # what times are compared with
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Paper:
    """A paper that ghostbench can check."""

    name: str
    title: str
    citation: str
    identifier: str  # how to find it: "arXiv:1911.11907"
    networks: tuple[
        str, ...
    ]  # names of specs in `models/`, in the order of building: every run times them
    figures: tuple[PaperFigure, ...]
    device: PaperDevice
    claims: tuple[Claim, ...] = ()
    caveats: tuple[str, ...] = ()
    more_networks: tuple[str, ...] = ()  # of its comparison too; timed when asked for
    tables: tuple[TableOutline, ...] = ()

    def parts(self) -> tuple[str, ...]:
        """The parts that have something to time of their own, in the order of the tables."""
        return tuple(dict.fromkeys(t.part for t in self.tables if t.timed or t.pairs))

    def timed_by(self, parts: Collection[str]) -> tuple[str, ...]:
        """The networks that those parts time beside `networks`; layers apart."""
        wanted = [name for t in self.tables if t.part in parts for name in t.timed]
        return tuple(name for name in dict.fromkeys(wanted) if name not in self.networks)

    def pairs_of(self, parts: Collection[str]) -> tuple[LayerPair, ...]:
        """The layers that those parts time."""
        return tuple(dict.fromkeys(p for t in self.tables if t.part in parts for p in t.pairs))

    def timed_for_tables(self) -> frozenset[str]:
        """What is timed for a table alone: layers, and networks that are not of the comparison."""
        layers = (name for p in self.pairs_of(self.parts()) for name in (p.ordinary, p.ghost))
        compared = {*self.networks, *self.more_networks}
        return frozenset({*self.timed_by(self.parts())} - compared | {*layers})

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
    listed = paper.networks + paper.more_networks
    twice = sorted({name for name in listed if listed.count(name) > 1})
    if twice:
        raise SpecError(f"{path}: listed twice: {', '.join(twice)}")
    for name in (name for claim in paper.claims for name in (claim.model, claim.against)):
        if name not in paper.networks:
            raise SpecError(f"{path}: a claim names {name!r}, which is not in networks")
    for figure in paper.figures:
        if figure.table not in ("accuracy", "latency"):
            raise SpecError(f"{path}: figure {figure.name!r} names table {figure.table!r}")
    _check_tables(paper, path)


def _check_tables(paper: Paper, path: Path) -> None:
    for table in paper.tables:
        if reason := _wrong_in(table, paper):
            raise SpecError(f"{path}: table {table.name!r} {reason}")


def _wrong_in(table: TableOutline, paper: Paper) -> str:
    """Why there can be no such table; nothing when there can."""
    if table.kind not in TABLE_KINDS:
        return f"is of kind {table.kind!r}; known are {', '.join(TABLE_KINDS)}"
    if not re.fullmatch(r"[a-z0-9-]+", table.name) or table.name in _OTHER_TABLES:
        return "has a name that cannot be that of its files"
    if [other.name for other in paper.tables].count(table.name) > 1:
        return "is there twice"
    if table.part == EVERY_PART:
        return f"is of a part called {EVERY_PART!r}, which means every part"
    if not table.rows and table.kind != "modules":
        return "has no rows"
    if any(
        min(p.inputs, p.outputs, p.kernel, p.px) < 1 or p.ratio < 2 or p.dw_size % 2 == 0
        for p in table.pairs
    ):
        return "has a layer that cannot be"
    return ""
