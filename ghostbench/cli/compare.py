"""`ghostbench compare`: two campaigns, records or models against each other."""

from typing import Annotated

import typer

from ghostbench.cli.console import note, print_json, progress
from ghostbench.cli.options import (
    AdbServerOption,
    AllowOption,
    CoreOption,
    DeviceOption,
    PrecisionOption,
    RoundsOption,
    how_to_measure,
)
from ghostbench.core.errors import UsageError

# An interval that can tell 2 % on a shared machine needs more rounds than a first look at many networks.
COMPARE_ROUNDS = 12


def compare(
    a: Annotated[
        str, typer.Argument(help="A campaign, a record CAMPAIGN/JOB, a network or .tflite file.")
    ],
    b: Annotated[str, typer.Argument(help="What it is compared with; of the same kind.")],
    allow: AllowOption = None,
    same_within: Annotated[
        str, typer.Option(help="Two times this close count as the same.")
    ] = "2%",
    device: DeviceOption = "host",
    precision: PrecisionOption = "fp32",
    core: CoreOption = None,
    rounds: RoundsOption = COMPARE_ROUNDS,
    adb_server: AdbServerOption = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """Say which of two is faster, by how much, and how sure that is; models are measured now, interleaved."""
    from ghostbench.report.comparison_text import comparison_lines, doubt_lines
    from ghostbench.workflows.compare import compare as do

    how = how_to_measure(
        device=device, core=core, rounds=rounds, purpose="compare", adb_server=adb_server
    )
    with progress() as shown:
        outcome = do(
            a,
            b,
            allow=allow or (),
            same_within=read_share(same_within),
            precision=precision,
            how=how,
            progress=shown,
        )
    if as_json:
        print_json(outcome)
        return
    for line in comparison_lines(outcome.comparisons):
        typer.echo(line)
    for line in doubt_lines(outcome.comparisons):
        note(f"! {line}")
    for label in outcome.alone:
        note(f"{label} has no partner on the other side")
    if outcome.folder:
        note(f"every sample is kept in {outcome.folder}")


def read_share(text: str) -> float:
    """A share as users write it: "3%", "3 %" or "0.03". Raises UsageError.

    >>> read_share("3%"), read_share("2.5 %"), read_share("0.02")
    (0.03, 0.025, 0.02)
    """
    number, per_cent = text.strip().removesuffix("%").strip(), text.strip().endswith("%")
    try:
        share = float(number) / (100 if per_cent else 1)
    except ValueError as cause:
        raise UsageError(f"{text!r} is not a share; write it as 3% or 0.03") from cause
    if not 0 <= share < 1:
        raise UsageError(f"{text} is not a share between 0 and 100 %; write it as 3% or 0.03")
    return share
