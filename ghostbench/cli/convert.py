"""`ghostbench convert`: networks to `.tflite` files."""

import re
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Annotated, Any

import typer

from ghostbench.cli.console import note, print_json, print_table, progress
from ghostbench.core.artifact import PRECISIONS, Artifact, quantization_label
from ghostbench.core.errors import GhostbenchError, UsageError

_FLOAT_LAYERS_TOLD = 10


def convert(
    names: Annotated[
        list[str] | None,
        typer.Argument(
            help="Networks (`ghostbench models` lists them), or models of your own: an .onnx or .keras file, a "
            "SavedModel folder, timm:NAME."
        ),
    ] = None,
    every: Annotated[bool, typer.Option("--all", help="Every network of the zoo.")] = False,
    precision: Annotated[
        list[str] | None,
        typer.Option(help=f"{', '.join(PRECISIONS)} or all; may be given more than once."),
    ] = None,
    route: Annotated[
        str | None,
        typer.Option(
            help="keras (direct), onnx (a cross-check), or all. Default: keras; onnx for an ONNX file."
        ),
    ] = None,
    onnx_export: Annotated[
        str,
        typer.Option(
            help="On the ONNX route, who writes a Keras network as ONNX: tf2onnx or keras."
        ),
    ] = "tf2onnx",
    device: Annotated[
        str | None,
        typer.Option(help="With --route all: time the files here, interleaved, and recommend one."),
    ] = None,
    seed: Annotated[int, typer.Option(help="Seed of the random weights.")] = 0,
    weights: Annotated[
        Path | None,
        typer.Option(help="Trained weights, .safetensors or .pth: timm's names or torchvision's."),
    ] = None,
    calibration: Annotated[
        Path | None, typer.Option(help="Folder of images that int8 is calibrated on.")
    ] = None,
    int8_io: Annotated[
        str,
        typer.Option(
            help="What an int8 file takes and gives: int8, or float, which it quantises itself."
        ),
    ] = "int8",
    name: Annotated[
        str | None,
        typer.Option(help="What a model of your own is called; default: its file's name."),
    ] = None,
    input_range: Annotated[
        tuple[float, float] | None,
        typer.Option(
            help="The range of the numbers that it takes, for checking and calibration; default: -1 1, and "
            "with trained --weights of a network of the zoo what its family is trained on.",
            metavar="LOW HIGH",
        ),
    ] = None,
    input_shape: Annotated[
        str | None,
        typer.Option(
            help="The shape of its input where it leaves a size open: 1,224,224,3.",
            metavar="N,N,..",
        ),
    ] = None,
    layout: Annotated[
        str | None, typer.Option(help="Where the shape does not show it: nchw or nhwc.")
    ] = None,
    timeout: Annotated[
        str | None, typer.Option(help="The longest that one file may take: 10min.")
    ] = None,
    workers: Annotated[int | None, typer.Option(help="Processes that build side by side.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """Build and check .tflite files."""
    from ghostbench.workflows.amounts import parse_seconds
    from ghostbench.workflows.convert import convert as build
    from ghostbench.workflows.convert import convert_by_each_route
    from ghostbench.workflows.models import all_names
    from ghostbench.zoo.own_model import Wishes

    _check_request(names, every, route, device)
    asked = all_names() if every else names or []
    own = Wishes(name=name, input_range=input_range, input_shape=_shape(input_shape), layout=layout)
    shared: dict[str, Any] = {
        "precisions": _precisions(precision),
        "onnx_export": onnx_export,
        "own": own,
        "seed": seed,
        "weights": weights,
        "calibration": calibration,
        "int8_io": int8_io,
        "jobs": workers,
        "timeout_s": timeout and parse_seconds(timeout, "timeout"),
    }
    with progress() as shown:
        if route == "all":
            outcome = convert_by_each_route(asked, progress=shown, **shared)
        else:
            outcome = build(asked, route=route, progress=shown, **shared)
    if as_json:
        print_json(outcome.artifacts)
    elif outcome.artifacts:
        _print_artifacts(outcome.artifacts)
    if device is not None:
        _recommend(outcome.artifacts, device)
    if outcome.failures:
        for failure in outcome.failures[1:]:
            note(f"ghostbench: {failure.error}")
        raise GhostbenchError(outcome.failures[0].error)


def _print_artifacts(artifacts: Sequence[Artifact]) -> None:
    for remark in dict.fromkeys(f"{a.name}: {remark}" for a in artifacts for remark in a.remarks):
        note(remark)
    for told in dict.fromkeys(line for a in artifacts for line in _quantization_lines(a)):
        note(told)
    for told in _ways_to_compare(artifacts):
        note(told)
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
            for a in artifacts
        ],
        left=3,
    )


def _quantization_lines(artifact: Artifact) -> Iterator[str]:
    if label := quantization_label(artifact):
        yield f"{artifact.name}, {label}"
    if artifact.quantization and artifact.precision == "int8":
        layers = artifact.quantization.float_layers
        for layer in layers[:_FLOAT_LAYERS_TOLD]:
            yield f"{artifact.name}: stays in floats: {layer}"
        if len(layers) > _FLOAT_LAYERS_TOLD:
            yield f"{artifact.name}: and {len(layers) - _FLOAT_LAYERS_TOLD} more; --json has all"


def _ways_to_compare(artifacts: Sequence[Artifact]) -> Iterator[str]:
    """Where a quantised file differs from the one in floats that was built along."""
    floats = {(a.name, a.route): a for a in artifacts if a.precision == "fp32"}
    for one in artifacts:
        if one.precision == "int8" and (base := floats.get((one.name, one.route))):
            yield f"layer by layer: ghostbench inspect {one.path} --against {base.path} --layer-errors"
            if one.source is not None:
                yield f"on labelled images: ghostbench accuracy {base.path} {one.path} --images DIR"
            elif not (one.weights or "").startswith("random"):  # those can only guess
                asked = "--precision fp32 --precision int8 --weights FILE --images DIR"
                yield f"on labelled images: ghostbench accuracy {one.name} {asked}"


def _check_request(
    names: list[str] | None, every: bool, route: str | None, device: str | None
) -> None:
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


def _shape(text: str | None) -> tuple[int, ...] | None:
    if text is None:
        return None
    sizes = re.split(r"[x,\s]+", text.strip())
    if not all(size.isdecimal() for size in sizes):
        raise UsageError(f"an input shape is written as --input-shape 1,224,224,3, not {text!r}")
    return tuple(map(int, sizes))
