"""`ghostbench inspect INT8 --against FP32 --layer-errors`: how far each layer is from floats."""

from pathlib import Path

import typer

from ghostbench.cli.console import print_json, print_table
from ghostbench.cli.wrapped import clean, print_wrapped
from ghostbench.core.errors import UsageError


def print_layer_errors(
    file: Path,
    against: Path | None,
    images: Path | None,
    input_range: tuple[float, float] | None,
    *,
    as_json: bool,
) -> None:
    """Compare two files layer by layer and print a table, or JSON."""
    from ghostbench.report.layer_error_text import (
        LAYER_COLUMNS,
        MOST_LAYERS,
        error_lines,
        layer_rows,
    )
    from ghostbench.workflows.layer_errors import layer_errors
    from ghostbench.workflows.layer_inputs import ErrorInputs

    if against is None:
        raise UsageError("--layer-errors needs the file in floats: --against FP32")
    if input_range is not None and not input_range[0] < input_range[1]:
        raise UsageError("an input range is two numbers, the smaller one first")
    found = layer_errors(file, against, ErrorInputs(images=images, input_range=input_range))
    if as_json:
        print_json(found)
        return
    for line in error_lines(found):
        print_wrapped(line)
    typer.echo()
    rows = layer_rows(found.layers[:MOST_LAYERS])
    print_table(LAYER_COLUMNS, [[clean(cell) for cell in row] for row in rows], left=3)
    if len(found.layers) > MOST_LAYERS:
        typer.echo(f"... and {len(found.layers) - MOST_LAYERS:,} better ones; --json has all")
