"""`ghostbench convert`: networks to `.tflite` files."""

from collections.abc import Sequence
from pathlib import Path
from typing import Annotated

import typer

from ghostbench.cli.console import note, print_json, print_table, progress
from ghostbench.core.artifact import PRECISIONS, Artifact
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
    route: Annotated[
        str,
        typer.Option(help="keras (direct), onnx (a cross-check, fp32 and fp16), or all."),
    ] = "keras",
    device: Annotated[
        str | None,
        typer.Option(help="With --route all: time the files here, interleaved, and recommend one."),
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
    from ghostbench.workflows.convert import convert_by_each_route
    from ghostbench.workflows.models import all_names

    _check_request(names, every, route, device)
    with progress() as shown:
        asked = all_names() if every else names or []
        shared = {"seed": seed, "weights": weights, "calibration": calibration, "jobs": workers}
        outcome = convert_by_each_route(
            asked,
            routes=None if route == "all" else (route,),
            precisions=_precisions(precision),
            progress=shown,
            **shared,
        )
    if as_json:
        print_json(outcome.artifacts)
    elif outcome.artifacts:
        print_table(
            ["network", "precision", "route", "MB", "MACs M", "operators", "max diff", "s", "file"],
            [
                [
                    a.name,
                    a.precision,
                    a.route,
                    f"{a.size_bytes / 1e6:.2f}",
                    f"{a.macs / 1e6:.2f}",
                    str(sum(a.operators.values())),
                    "-" if a.max_abs_diff is None else f"{a.max_abs_diff:.1e}",
                    "cached" if a.cached else f"{a.seconds or 0:.1f}",
                    str(a.path),
                ]
                for a in outcome.artifacts
            ],
            left=3,
        )
    if device is not None:
        _recommend(outcome.artifacts, device)
    if outcome.failures:
        for failure in outcome.failures[1:]:
            note(f"ghostbench: {failure.error}")
        raise GhostbenchError(outcome.failures[0].error)


def _check_request(names: list[str] | None, every: bool, route: str, device: str | None) -> None:
    if bool(names) == every:
        raise UsageError("name the networks to build, or say --all (not both)")
    if device is not None and route != "all":
        raise UsageError("--device compares routes; it goes with --route all")


def _recommend(artifacts: Sequence[Artifact], device: str) -> None:
    """Time what several routes have built, and say of each network which route's file to take."""
    from ghostbench.workflows.routes import compare_routes

    with progress() as shown:
        recommendations = compare_routes(artifacts, device=device, progress=shown)
    for recommendation in recommendations:
        note(str(recommendation))


def _precisions(asked: list[str] | None) -> tuple[str, ...]:
    chosen = asked or ["fp32"]
    return PRECISIONS if "all" in chosen else tuple(dict.fromkeys(chosen))
