"""`ghostbench bundle`: what a phone needs to run the engine."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from ghostbench.cli.console import note, print_json, print_table, progress

if TYPE_CHECKING:
    from ghostbench.engine.bundle import Bundle

bundle = typer.Typer(
    name="bundle",
    help="Make and check the folder that phones need: runner, LiteRT and a C runtime for 64-bit Arm.",
    no_args_is_help=True,
)
Json = Annotated[bool, typer.Option("--json", help="Print JSON.")]
Folder = Annotated[
    Path | None, typer.Option("--folder", help="Another place than the user's cache folder.")
]


@bundle.command()
def build(
    runtime_dir: Annotated[
        Path | None,
        typer.Option(help="Take the C runtime from this folder instead of Debian's packages."),
    ] = None,
    mirror: Annotated[
        str | None, typer.Option(help="Address of a Debian mirror; else the one that apt knows.")
    ] = None,
    wheel: Annotated[
        Path | None, typer.Option(help="The aarch64 wheel of LiteRT; else pip downloads it.")
    ] = None,
    folder: Folder = None,
    as_json: Json = False,
) -> None:
    """Make the bundle; `run` and `reproduce` do so themselves when there is none."""
    from ghostbench.workflows.bundle import build_bundle

    with progress() as shown:
        shown.start("making the bundle", steps=1)
        made = build_bundle(
            folder=folder, wheel=wheel, runtime_dir=runtime_dir, mirror=mirror, progress=shown
        )
        shown.step()
    _print(made, as_json)


@bundle.command()
def verify(folder: Folder = None, as_json: Json = False) -> None:
    """Compare every file with its digest; check that it is for 64-bit Arm and fits phones with 16 KB pages."""
    from ghostbench.workflows.bundle import verify_bundle

    _print(verify_bundle(folder), as_json)


@bundle.command()
def where() -> None:
    """Print the folder of the bundle."""
    from ghostbench.workflows.bundle import bundle_place

    typer.echo(str(bundle_place()))


def _print(made: "Bundle", as_json: bool) -> None:
    if as_json:
        print_json(made)
        return
    pieces = made.manifest.pieces
    print_table(
        ["file", "bytes", "SHA-256", "source"],
        [[name, str(p.bytes), p.sha256, p.source] for name, p in pieces.items()],
        left=4,
    )
    note(f"{made.size_bytes / 1e6:.1f} MB in {made.folder}")
    if others := [name for name, piece in pieces.items() if not piece.pinned]:
        note(f"works, but not the versions that ghostbench was tested with: {', '.join(others)}")
