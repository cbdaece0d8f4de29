"""A paper's tables: which networks its parts time, and the tables filled from a study."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from ghostbench.core.errors import ConversionError, UnknownName, UsageError
from ghostbench.core.model_spec import ModelSpec
from ghostbench.core.progress import Progress

if TYPE_CHECKING:
    from ghostbench.core.artifact import Artifact
    from ghostbench.report.paper_tables import Counted, PaperTable
    from ghostbench.report.papers import LayerPair, Paper, TableOutline
    from ghostbench.report.published import Published
    from ghostbench.report.study import Group, Network, Study

_WARNING = "SIMULATED. The times in this table were made up by a simulated or emulated device; they mean nothing."


def chosen_parts(paper: "Paper", asked: Sequence[str]) -> tuple[str, ...]:
    """The parts that names mean. Raises UnknownName for one that this paper does not have."""
    from ghostbench.report.papers import EVERY_PART

    known = paper.parts()
    for name in asked:
        if name not in (*known, EVERY_PART):
            if not known:
                raise UsageError(f"{paper.name} has no parts beside its networks")
            raise UnknownName(f"part of {paper.name}", name, [*known, EVERY_PART])
    return known if EVERY_PART in asked else tuple(name for name in known if name in asked)


def chosen_networks(paper: "Paper", asked: Sequence[str]) -> tuple[str, ...]:
    """The paper's networks, those of its comparison that are asked for among them.

    Raises UnknownName for one that is not of the comparison.
    """
    from ghostbench.report.papers import EVERY_PART

    for name in asked:
        if name not in (*paper.networks, *paper.more_networks, EVERY_PART):
            raise UnknownName(f"network of {paper.name}", name, [*paper.more_networks, EVERY_PART])
    more = paper.more_networks if EVERY_PART in asked else tuple(asked)
    return tuple(dict.fromkeys((*paper.networks, *more)))


def build_layers(
    pairs: "Sequence[LayerPair]", *, precision: str, workspace: Path | None, progress: Progress
) -> "list[Artifact]":
    """The two files of each pair. Raises ConversionError when one cannot be built: a pair needs both."""
    from ghostbench.core.folders import built_folder
    from ghostbench.workflows.convert import convert
    from ghostbench.zoo.own_model import DEFAULT_RANGE, Wishes
    from ghostbench.zoo.single_layers import SingleLayer, layer_files

    layers = [
        SingleLayer(
            name=name,
            inputs=pair.inputs,
            outputs=pair.outputs,
            kernel=pair.kernel,
            px=pair.px,
            ratio=ratio,
            dw_size=pair.dw_size,
        )
        for pair in pairs
        for name, ratio in ((pair.ordinary, 1), (pair.ghost, pair.ratio))
    ]
    if not layers:
        return []
    files = layer_files(layers, built_folder(workspace) / "layers")
    built = convert(
        [str(path) for path in files],
        precisions=(precision,),
        own=Wishes(input_range=DEFAULT_RANGE),
        workspace=workspace,
        progress=progress,
    )
    if built.failures:
        raise ConversionError(built.failures[0].error)
    return list(built.artifacts)


def with_paper_tables(
    study: "Study", specs: Mapping[str, ModelSpec], workspace: Path | None = None
) -> "Study":
    """The study with its paper's tables; what only they tell of is left out of its own networks."""
    paper = study.paper
    if paper is None or not paper.tables:
        return study
    counted = _counter(study, specs)
    tables = tuple(
        _with_hint(
            _filled(table, paper, study.published, specs, counted, workspace), table, counted
        )
        for table in paper.tables
    )
    if study.groups and study.groups[0].made_up:
        tables = tuple(replace(table, warning=_WARNING) for table in tables)
    return replace(study, tables=tables, groups=_without_parts(study, paper))


def untimed_tables(
    paper: "Paper", why: str, workspace: Path | None = None
) -> "tuple[PaperTable, ...]":
    """The paper's tables where nothing could be timed, with the reason: counts need no time."""
    from ghostbench.report.published import read_published
    from ghostbench.zoo.specs import load_specs

    specs, published = load_specs(workspace), read_published(workspace)
    counted = from_specifications(specs)
    return tuple(
        replace(_filled(table, paper, published, specs, counted, workspace), warning=why)
        for table in paper.tables
    )


def _without_parts(study: "Study", paper: "Paper") -> "tuple[Group, ...]":
    """The groups without what was timed for a table alone: a layer is no network of the comparison."""
    apart = paper.timed_for_tables()
    kept = [
        replace(group, networks=tuple(n for n in group.networks if n.result.model not in apart))
        for group in study.groups
    ]
    return tuple(group for group in kept if group.networks) or study.groups


def _with_hint(
    filled: "PaperTable", outline: "TableOutline", counted: "Callable[[str], Counted | None]"
) -> "PaperTable":
    """With notes on what speaks against its times, and how to time what was not timed."""
    from ghostbench.report.paper_tables import doubts_note

    names = [*outline.timed, *(n for p in outline.pairs for n in (p.ordinary, p.ghost))]
    shown = _named_in(filled, names)
    found = [one for name in shown if (one := counted(name))]
    missing = [name for name in names if (one := counted(name)) is None or one.result is None]
    which = "Not everything here" if any(one.result for one in found) else "Nothing here"
    hint = f"{which} has a time in this campaign; --parts {outline.part} asks for all of them."
    notes = (doubts_note(found), hint if missing else "")
    return replace(filled, notes=(*filled.notes, *filter(None, notes)))


def _named_in(filled: "PaperTable", names: Sequence[str]) -> list[str]:
    """Every network of ours that the table has, each once."""
    columns = [heading.column for heading in filled.headings]
    told = [row[columns.index("model")].value for row in filled.rows] if "model" in columns else []
    return list(dict.fromkeys([*names, *(name for name in told if isinstance(name, str))]))


def _filled(
    table: "TableOutline",
    paper: "Paper",
    published: "Published",
    specs: Mapping[str, ModelSpec],
    counted: "Callable[[str], Counted | None]",
    workspace: Path | None,
) -> "PaperTable":
    from ghostbench.report.paper_tables_accuracy import accuracy_table
    from ghostbench.report.paper_tables_compression import compression_table
    from ghostbench.report.paper_tables_detection import detection_table
    from ghostbench.report.paper_tables_modules import modules_table
    from ghostbench.report.paper_tables_rows import (
        read_compression,
        read_detection,
        read_ghost_modules,
    )

    if table.kind == "compression":
        return compression_table(table, read_compression(workspace), counted)
    if table.kind == "detection":
        return detection_table(table, read_detection(workspace), counted)
    if table.kind == "modules":
        return modules_table(table, read_ghost_modules(workspace), counted)
    return accuracy_table(table, paper, published, specs, counted)


def _counter(study: "Study", specs: Mapping[str, ModelSpec]) -> "Callable[[str], Counted | None]":
    """What is known of a network by name: of the file that was timed, else of its specification, else by formula."""
    group = study.groups[0]
    timed = {network.result.model: network for network in group.networks}
    by_specification = from_specifications(specs)

    def counted(name: str) -> "Counted | None":
        if name in timed:
            return _of_file(name, timed[name], _spec(name, specs))
        return by_specification(name)

    return counted


def from_specifications(specs: Mapping[str, ModelSpec]) -> "Callable[[str], Counted | None]":
    """What is known of networks of which nothing was timed."""

    def counted(name: str) -> "Counted | None":
        spec = _spec(name, specs)
        return _of_spec(name, spec) if spec else None

    return counted


def _spec(name: str, specs: Mapping[str, ModelSpec]) -> ModelSpec | None:
    from ghostbench.zoo.specs import resolve

    try:
        return resolve(name, specs)
    except UnknownName:  # a single layer
        return None


def _of_file(name: str, network: "Network", spec: ModelSpec | None) -> "Counted":
    from ghostbench.report.paper_tables import Counted

    return Counted(
        name=name,
        title=network.title,
        family=network.family,
        input_px=spec.input_px if spec else 0,
        params=network.params,
        macs=network.macs,
        where="file",
        basis=spec.expected.source if spec and spec.expected else "",
        result=network.result,
    )


def _of_spec(name: str, spec: ModelSpec) -> "Counted":
    from ghostbench.report.paper_tables import Counted
    from ghostbench.report.paper_theory import FormulaCounts, vgg16_counts
    from ghostbench.zoo.registry import filled_options

    counts: FormulaCounts | None = None
    if spec.expected is None and spec.architecture == "vgg16":
        options = filled_options(spec)
        counts = vgg16_counts(ratio=int(options["ratio"]), dw_size=int(options["dw_size"]))
    known = spec.expected or counts
    return Counted(
        name=name,
        title=spec.title,
        family=spec.family,
        input_px=spec.input_px,
        params=known.params if known else None,
        macs=known.macs if known else None,
        where="formula" if counts else "specification" if known else "",
        basis=spec.expected.source if spec.expected else "",
    )
