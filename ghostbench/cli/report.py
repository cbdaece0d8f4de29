"""`ghostbench report`: tables, charts and the page of stored campaigns."""

from pathlib import Path
from typing import Annotated

import typer

from ghostbench.cli.console import note, print_json, progress
from ghostbench.cli.options import AllowOption, JsonOption
from ghostbench.core.errors import UsageError


def report(
    campaigns: Annotated[
        list[Path],
        typer.Argument(
            metavar="CAMPAIGN...",
            help="A folder of results/, or its name. With further sessions, the first stands for all of them. "
            "Of several campaigns one report is made, by device and precision.",
        ),
    ],
    each_session: Annotated[
        bool, typer.Option("--each-session", help="Also a report of each session by itself.")
    ] = False,
    into: Annotated[
        Path | None,
        typer.Option(
            "--into",
            metavar="FOLDER",
            help="Where to write; else the campaign's folder, for several one in results/reports/.",
        ),
    ] = None,
    allow: AllowOption = None,
    as_json: JsonOption = False,
) -> None:
    """Make tables, figures and report.html again from stored results."""
    from ghostbench.workflows.report import joint_report, write_session_reports

    if each_session:
        if len(campaigns) > 1:
            raise UsageError("--each-session takes one campaign")
        for each in write_session_reports(campaigns[0]):
            note(each.told())
    with progress() as shown:
        outcome = joint_report(campaigns, allow=allow or (), into=into, progress=shown)
    if as_json:
        print_json(outcome)
    note(outcome.files.told())
