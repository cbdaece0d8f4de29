"""`ghostbench inspect`: operators, MACs, parameters, size and findings of a `.tflite`."""

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from ghostbench.cli.console import print_json, print_table
from ghostbench.cli.inspect_layers import print_layer_errors
from ghostbench.cli.wrapped import clean, print_wrapped
from ghostbench.core.artifact import quantization_text
from ghostbench.core.errors import UsageError

if TYPE_CHECKING:
    from ghostbench.core.artifact import TensorFacts
    from ghostbench.graph.facts import FileFacts
    from ghostbench.workflows.inspect import GraphComparison, Inspection

_LONGEST_NAME = 36
_FLOAT_LAYERS_TOLD = 10  # `--json` has all


def inspect(
    file: Annotated[Path, typer.Argument(help="A .tflite file, of ghostbench or not.")],
    against: Annotated[
        Path | None,
        typer.Option(metavar="OTHER", help="Align it with another file, operator by operator."),
    ] = None,
    profile: Annotated[
        Path | None,
        typer.Option(
            metavar="PROFILE.json",
            help="Take costs from this profile; else from the newest stored one of this very file.",
        ),
    ] = None,
    network: Annotated[
        str | None,
        typer.Option(metavar="NAME", help="The network of the zoo whose MACs it must have."),
    ] = None,
    runtime: Annotated[
        str | None,
        typer.Option(metavar="VERSION", help="A TensorFlow Lite that should load it, as 2.14.0."),
    ] = None,
    run: Annotated[
        bool,
        typer.Option("--run", help="Run it too, and look for numbers that become too small."),
    ] = False,
    layers: Annotated[
        bool,
        typer.Option(
            "--layer-errors",
            help="Of a quantised file --against the one in floats: signal-to-noise layer by layer.",
        ),
    ] = False,
    images: Annotated[
        Path | None,
        typer.Option(help="With --layer-errors: a folder of images, instead of made ones."),
    ] = None,
    input_range: Annotated[
        tuple[float, float] | None,
        typer.Option(
            help="With --layer-errors: what the network takes; else as it was built or calibrated.",
            metavar="LOW HIGH",
        ),
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """Show what a model file holds, what is amiss, what that costs and what to do.

    A verdict, findings by cost, operators, multiply-adds, parameters, inputs and outputs.
    """
    from ghostbench.workflows import inspect as work

    if layers:
        print_layer_errors(file, against, images, input_range, as_json=as_json)
        return
    if images is not None or input_range is not None:
        raise UsageError("--images and --input-range go with --layer-errors")
    questions = work.Questions(profile=profile, network=network, runtime=runtime, run=run)
    if against is not None:
        comparison = work.compare_graphs(file, against, questions)
        if as_json:
            print_json(work.comparison_record(comparison))
        else:
            _print_comparison(comparison)
        return
    found = work.inspect(file, questions)
    if as_json:
        print_json(work.as_record(found))
        return
    _print_verdict(found)
    _print_findings(found)
    _print_tensors(found.facts)
    typer.echo()
    _print_operators(found.facts)
    remarks = list(_remarks(found.facts))
    if remarks:
        typer.echo()
    for line in remarks:
        print_wrapped(line)


def _print_verdict(found: "Inspection") -> None:
    from ghostbench.report.inspect_text import runs_where_lines, verdict

    print_wrapped(f"{found.file}: {verdict(found.findings, found.profile)}.")
    for line in (
        *_headline(found.facts),
        *runs_where_lines(found.delegation, found.needed_runtime),
        *found.remarks,
    ):
        print_wrapped(line)
    typer.echo()


def _print_findings(found: "Inspection") -> None:
    from ghostbench.report.inspect_text import finding_lines, profile_lines

    for before, line in finding_lines(found.findings):
        print_wrapped(line, before)
    lines = list(profile_lines(found.profile, found.findings))
    for line in lines:
        print_wrapped(line)
    if found.findings or lines:
        typer.echo()


def _print_comparison(comparison: "GraphComparison") -> None:
    from ghostbench.report.alignment_text import (
        Side,
        alignment_verdict,
        kind_table,
        pair_lines,
    )
    from ghostbench.report.inspect_text import verdict

    a, b = (
        Side(graph=graph, facts=one.facts, profile=one.profile)
        for one, graph in (
            (comparison.a, comparison.graph_a),
            (comparison.b, comparison.graph_b),
        )
    )
    print_wrapped(f"B against A: {alignment_verdict(comparison.alignment, a, b)}.")
    for letter, one in (("A", comparison.a), ("B", comparison.b)):
        print_wrapped(f"{one.file}: {verdict(one.findings, one.profile)}.", f"{letter}: ")
    typer.echo()
    lines = list(pair_lines(comparison.alignment, a, b))
    for line in lines:
        print_wrapped(line[2:], line[:2])
    if lines:
        typer.echo()
    columns, rows = kind_table(a, b)
    print_table(columns, [[_short(row[0]), *row[1:]] for row in rows])


def _headline(facts: "FileFacts") -> Iterator[str]:
    from ghostbench.report.quantities import count_text, counted, megabytes_text

    kept = {"mixed": "mixed precision"}.get(facts.precision or "", facts.precision)
    size = facts.size_bytes
    large = size >= 1_000_000
    yield ", ".join(
        filter(
            None,
            [
                f"{_amount(facts.params)} parameters",
                f"{'at least ' if facts.uncounted else ''}{_amount(facts.macs)} MACs",
                f"{megabytes_text(size)} MB" if large else f"{count_text(size)} bytes",
                counted(sum(facts.operators.values()), "operator"),
                kept,
            ],
        )
    )
    if facts.quantization is not None:
        yield quantization_text(facts.quantization, facts.precision or "mixed")
        for layer in facts.quantization.float_layers[:_FLOAT_LAYERS_TOLD]:
            yield f"In floats: {layer}"
    yield f"SHA-256 {facts.sha256}"


def _print_tensors(facts: "FileFacts") -> None:
    def row(role: str, tensor: "TensorFacts") -> list[str]:
        sizes = ["?" if size < 0 else str(size) for size in tensor.shape]
        return [role, _short(tensor.name), tensor.dtype, " x ".join(sizes) or "one number"]

    rows = [row("input", tensor) for tensor in facts.inputs]
    rows += [row("output", tensor) for tensor in facts.outputs]
    print_table(["", "tensor", "type", "shape"], rows, left=4)


def _print_operators(facts: "FileFacts") -> None:
    rows = []
    for kind, count in facts.operators.items():
        macs = facts.macs_by_operator.get(kind)
        share = f"{100 * macs / facts.macs:.1f} %" if macs else ""
        rows.append([_short(kind), f"{count:,}", _macs_text(facts, kind), share])
    print_table(["operator", "count", "MACs", "share"], rows)


def _macs_text(facts: "FileFacts", kind: str) -> str:
    from ghostbench.graph.mac_counters import COUNTERS

    if kind in facts.uncounted:
        return "not counted"
    if macs := facts.macs_by_operator.get(kind):
        return _amount(macs)
    return "in its caller" if kind in COUNTERS and facts.subgraphs > 1 else "-"


def _remarks(facts: "FileFacts") -> Iterator[str]:
    for kind, count in facts.uncounted.items():
        reason = facts.uncounted_reasons.get(kind)
        yield f"Not counted: {count:,} x {_short(kind)}, since {reason}."
    if facts.dynamic:
        yield "Sizes that the file leaves open (?) were counted as 1."
    if facts.subgraphs > 1:
        yield f"The file holds {facts.subgraphs} subgraphs; shown is the first, with all that it runs."


def _amount(count: int) -> str:
    from ghostbench.report.quantities import count_text, millions_text

    return f"{millions_text(count)} million" if count >= 1_000_000 else count_text(count)


def _short(name: str) -> str:
    name = clean(name)
    if len(name) <= _LONGEST_NAME:
        return name
    half = (_LONGEST_NAME - 3) // 2
    return f"{name[:half]}...{name[-half:]}"
