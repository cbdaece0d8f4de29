"""`ghostbench profile`: time per operator, and which operators make one model slower than another."""

from typing import TYPE_CHECKING, Annotated

import typer

from ghostbench.cli.console import note, print_json, print_table, progress
from ghostbench.cli.options import AdbServerOption, CoreOption, PrecisionOption, SeedOption

if TYPE_CHECKING:
    from ghostbench.core.profile import ModelProfile


def profile(
    target: Annotated[str, typer.Argument(help="A network of the zoo, or a .tflite file.")],
    against: Annotated[
        str | None,
        typer.Option(metavar="B", help="Another; says which operators make the two differ."),
    ] = None,
    device: Annotated[str, typer.Option(help="A phone's serial, or host.")] = "host",
    repetitions: Annotated[int, typer.Option(help="Profiled inferences in each process.")] = 50,
    rounds: Annotated[
        int | None,
        typer.Option(help="Fresh processes; else 5, or 8 of each where two are compared."),
    ] = None,
    precision: PrecisionOption = "fp32",
    core: CoreOption = None,
    kernel_mode: Annotated[
        str, typer.Option(help="delegate (XNNPACK), builtin or reference.")
    ] = "delegate",
    top: Annotated[int, typer.Option(help="How many of the slowest operators to list.")] = 15,
    seed: SeedOption = None,
    adb_server: AdbServerOption = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """Show where the time of an inference goes: time, MACs and bytes of each operator."""
    from ghostbench.report.profile_text import comparison_lines
    from ghostbench.workflows.measure import HowToMeasure
    from ghostbench.workflows.phone_hold import PhoneWishes
    from ghostbench.workflows.profile import DEFAULT_ROUNDS, ROUNDS_TO_COMPARE, with_settings
    from ghostbench.workflows.profile import profile as profile_models

    how = HowToMeasure(
        device=device,
        core=core,
        rounds=rounds if rounds is not None else ROUNDS_TO_COMPARE if against else DEFAULT_ROUNDS,
        order_seed=seed,
        phone=PhoneWishes(adb_server=adb_server),
    )
    with progress() as shown:
        outcome = profile_models(
            target,
            against=against,
            repetitions=repetitions,
            precision=precision,
            how=with_settings(how, kernel_mode),
            progress=shown,
        )
    if as_json:
        print_json(outcome.comparison or outcome.profiles[0])
    else:
        for line in comparison_lines(outcome.comparison) if outcome.comparison else ():
            typer.echo(line)
        for one in outcome.profiles:
            _print_profile(one, top if not outcome.comparison else 0)
    for one in outcome.profiles:
        for caution in one.cautions:
            note(f"! {one.model}: {caution}")
    note(f"everything the runner said, profile.json, chart and trace.json are in {outcome.folder}")


def _print_profile(one: "ModelProfile", top: int) -> None:
    from ghostbench.report.profile_text import (
        KIND_COLUMNS,
        OPERATOR_COLUMNS,
        kind_rows,
        operator_rows,
        slowest,
        summary_lines,
    )

    for line in summary_lines(one):
        typer.echo(line)
    typer.echo()
    print_table(KIND_COLUMNS, kind_rows(one))
    typer.echo()
    if top > 0:
        print_table(OPERATOR_COLUMNS, operator_rows(slowest(one, top)), left=3)
        typer.echo()
