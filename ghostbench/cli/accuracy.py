"""`ghostbench accuracy`: top-1 and top-5 of networks and files on labelled images."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, cast, get_args

import typer

from ghostbench.cli.console import note, print_json, print_table, progress
from ghostbench.core.accuracy import AccuracyDifference, Interpolation, Share, Triple
from ghostbench.core.artifact import PRECISIONS
from ghostbench.core.errors import UsageError

if TYPE_CHECKING:
    from ghostbench.workflows.accuracy import AccuracyOutcome, Images


def accuracy(
    models: Annotated[
        list[str], typer.Argument(metavar="NAME_OR_FILE...", help="Networks or .tflite files.")
    ],
    images: Annotated[
        Path,
        typer.Option(help="Folder with a folder of images for each class, or CSV of file,label."),
    ],
    precision: Annotated[
        list[str] | None,
        typer.Option(
            help=f"Of networks: {', '.join(PRECISIONS)} or all; may be given more than once."
        ),
    ] = None,
    weights: Annotated[
        Path | None, typer.Option(help="Of networks: trained weights, .safetensors or .pth.")
    ] = None,
    calibration: Annotated[
        Path | None, typer.Option(help="Of networks in int8: folder of images to calibrate on.")
    ] = None,
    classes: Annotated[
        Path | None,
        typer.Option(help="Text file: names of the class folders, in the order of the outputs."),
    ] = None,
    label_offset: Annotated[
        int, typer.Option(help="Added to every label; 1 where output 0 means background.")
    ] = 0,
    limit: Annotated[
        int | None, typer.Option(help="Only so many images, drawn by lot, the same ones each time.")
    ] = None,
    resize: Annotated[
        int | None, typer.Option(help="Scale the short side to so many pixels; 0: not.")
    ] = None,
    interpolation: Annotated[
        str | None, typer.Option(help=f"{', '.join(get_args(Interpolation))}.")
    ] = None,
    mean: Annotated[str | None, typer.Option(help="R,G,B of 0 to 1: taken off each pixel.")] = None,
    std: Annotated[
        str | None, typer.Option(help="R,G,B of 0 to 1: pixels are divided by it.")
    ] = None,
    workers: Annotated[
        int | None, typer.Option(help="Processes; as many as cores unless given.")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """Ask networks about labelled images: top-1 and top-5, with intervals.

    Ended early, the same command goes on where it was.
    """
    from ghostbench.workflows.accuracy import accuracy as ask

    asked = _images(images, classes, label_offset, limit, resize, interpolation, mean, std)
    wanted = precision or ["fp32"]
    with progress() as shown:
        outcome = ask(
            models,
            asked,
            precisions=PRECISIONS if "all" in wanted else tuple(dict.fromkeys(wanted)),
            weights=weights,
            calibration=calibration,
            workers=workers,
            progress=shown,
        )
    if as_json:
        print_json(outcome)
        return
    _print(outcome)


def _images(
    source: Path,
    classes: Path | None,
    label_offset: int,
    limit: int | None,
    resize: int | None,
    interpolation: str | None,
    mean: str | None,
    std: str | None,
) -> "Images":
    from ghostbench.workflows.accuracy import Images

    if interpolation is not None and interpolation not in get_args(Interpolation):
        known = ", ".join(get_args(Interpolation))
        raise UsageError(f"there is no interpolation {interpolation!r}; known are {known}")
    if resize is not None and resize < 0:
        raise UsageError(f"--resize is a number of pixels, not {resize}")
    return Images(
        source=source,
        classes=classes,
        label_offset=label_offset,
        limit=limit,
        resize_px=resize,
        interpolation=cast("Interpolation | None", interpolation),
        mean=None if mean is None else _triple("--mean", mean),
        std=None if std is None else _triple("--std", std),
    )


def _triple(option: str, text: str) -> Triple:
    try:
        red, green, blue = (float(part) for part in text.split(","))
    except ValueError as cause:
        raise UsageError(f"{option} takes three numbers as in 0.5,0.5,0.5, not {text!r}") from cause
    if not all(0 <= part < 256 for part in (red, green, blue)) or (
        option == "--std" and not all((red, green, blue))
    ):
        raise UsageError(f"{option} {text} cannot be: pixels are divided by 255 first")
    return red, green, blue


def _print(outcome: "AccuracyOutcome") -> None:
    print_table(
        [
            "network",
            "precision",
            "top-1 %",
            "95 % interval",
            "top-5 %",
            "95 % interval",
            "images",
            "left out",
        ],
        [
            [
                result.name,
                result.precision,
                *_cells(result.top1),
                *_cells(result.top5),
                str(result.images),
                str(len(result.unreadable)),
            ]
            for result in outcome.results
        ],
        left=2,
    )
    for found in outcome.differences:
        note(difference_text(found))
    recipe = outcome.results[0].preprocessing
    scaled = (
        f"short side {recipe.resize_px} px {recipe.interpolation}"
        if recipe.resize_px
        else "not scaled"
    )
    mean, std = (" ".join(f"{part:.4g}" for part in values) for values in (recipe.mean, recipe.std))
    note(f"images: {scaled}, middle {recipe.crop_px} px, mean {mean}, std {std} ({recipe.source})")


def _cells(share: Share | None) -> tuple[str, str]:
    if share is None:
        return "-", "-"
    low, high = share.ci95_percent
    return f"{share.percent:.2f}", f"{low:.2f}-{high:.2f}"


def difference_text(found: AccuracyDifference) -> str:
    """How two files differ, in words first."""
    low, high = found.ci95_points
    interval = f"95 % interval {low:+.2f} to {high:+.2f} points, {found.of} images, p = {found.p_value:.2g}"
    if found.p_value >= 0.05:
        return f"{found.name} and {found.against} cannot be told apart ({interval})"
    word = "more" if found.points > 0 else "less"
    return f"{found.name} is {abs(found.points):.2f} points {word} accurate than {found.against} ({interval})"
