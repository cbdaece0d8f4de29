"""`ghostbench convert`: networks to `.tflite` files."""

from pathlib import Path
from typing import Annotated

import typer

from ghostbench.cli.console import note, print_json, print_table, progress
from ghostbench.core.artifact import PRECISIONS
from ghostbench.core.errors import GhostbenchError, UsageError


def convert(
    names: Annotated[
        list[str] | None, typer.Argument(help="Networks; `ghostbench models` lists them.")
    ] = None,
    every: Annotated[bool, typer.Option("--all", help="Every network of the zoo.")] = False,
    precision: Annotated[
        list[str] | None,
        typer.Option(help=f"{', '.join(PRECISIONS)} or all; may be given more than once."),
    ] = None,
    seed: Annotated[int, typer.Option(help="Seed of the random weights.")] = 0,
    weights: Annotated[
        Path | None, typer.Option(help="Trained weights, .safetensors with timm's names.")
    ] = None,
    calibration: Annotated[
        Path | None, typer.Option(help="Folder of images that int8 is calibrated on.")
    ] = None,
    workers: Annotated[int | None, typer.Option(help="Processes that build side by side.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """Build and check .tflite files."""
    from ghostbench.workflows.convert import convert as build
    from ghostbench.workflows.models import all_names

    if bool(names) == every:
        raise UsageError("name the networks to build, or say --all (not both)")
    with progress() as shown:
        outcome = build(
            all_names() if every else names or [],
            precisions=_precisions(precision),
            seed=seed,
            weights=weights,
            calibration=calibration,
            jobs=workers,
            progress=shown,
        )
    if as_json:
        print_json(outcome.artifacts)
    elif outcome.artifacts:
        print_table(
            ["network", "precision", "MB", "MACs M", "operators", "max diff", "s", "file"],
            [
                [
                    a.name,
                    a.precision,
                    f"{a.size_bytes / 1e6:.2f}",
                    f"{a.macs / 1e6:.2f}",
                    str(sum(a.operators.values())),
                    "-" if a.max_abs_diff is None else f"{a.max_abs_diff:.1e}",
                    "cached" if a.cached else f"{a.seconds or 0:.1f}",
                    str(a.path),
                ]
                for a in outcome.artifacts
            ],
            left=2,
        )
    if outcome.failures:
        for failure in outcome.failures[1:]:
            note(f"ghostbench: {failure.error}")
        raise GhostbenchError(outcome.failures[0].error)


def _precisions(asked: list[str] | None) -> tuple[str, ...]:
    chosen = asked or ["fp32"]
    return PRECISIONS if "all" in chosen else tuple(dict.fromkeys(chosen))
