"""`ghostbench inspect`: operators, MACs, parameters, size and findings of a `.tflite`."""

import shutil
import textwrap
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from ghostbench.cli.console import print_json, print_table

if TYPE_CHECKING:
    from ghostbench.core.artifact import TensorFacts
    from ghostbench.graph.facts import FileFacts

_LONGEST_NAME = 36


def inspect(
    file: Annotated[Path, typer.Argument(help="A .tflite file, of ghostbench or not.")],
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """Show what a model file holds and what is amiss.

    Operators, multiply-adds, parameters, inputs and outputs, findings.
    """
    from ghostbench.workflows.inspect import as_record
    from ghostbench.workflows.inspect import inspect as inspect_file

    found = inspect_file(file)
    if as_json:
        print_json(as_record(found))
        return
    for line in _headline(found.file, found.facts):
        _print_wrapped(line)
    typer.echo()
    _print_tensors(found.facts)
    typer.echo()
    _print_operators(found.facts)
    typer.echo()
    if remarks := list(_remarks(found.facts)):
        for line in remarks:
            _print_wrapped(line)
        typer.echo()
    typer.echo("Findings:" if found.findings else "Findings: none")
    for finding in found.findings:
        _print_wrapped(finding.message, "- ")


def _headline(file: str, facts: "FileFacts") -> Iterator[str]:
    from ghostbench.report.quantities import count_text, counted, megabytes_text

    kept = {"mixed": "mixed precision"}.get(facts.precision or "", facts.precision)
    size = facts.size_bytes
    large = size >= 1_000_000
    yield _clean(file)
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


def _clean(text: str) -> str:
    # A name in a hostile file must not command the terminal.
    return "".join(c if c.isprintable() else "?" for c in text)


def _short(name: str) -> str:
    name = _clean(name)
    if len(name) <= _LONGEST_NAME:
        return name
    half = (_LONGEST_NAME - 3) // 2
    return f"{name[:half]}...{name[-half:]}"


def _print_wrapped(line: str, bullet: str = "") -> None:
    width = max(shutil.get_terminal_size().columns, 40)
    typer.echo(
        textwrap.fill(
            _clean(line), width, initial_indent=bullet, subsequent_indent=" " * len(bullet),
            break_on_hyphens=False, break_long_words=False,
        )
    )  # fmt: skip
