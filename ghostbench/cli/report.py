"""`ghostbench report`: tables, charts and the page of a stored campaign."""

from pathlib import Path
from typing import Annotated

import typer

from ghostbench.cli.console import note, progress
from ghostbench.cli.options import AllowOption


def report(
    campaign: Annotated[
        Path,
        typer.Argument(
            help="A folder of results/, or its name. With further sessions, the first stands for all of them."
        ),
    ],
    each_session: Annotated[
        bool, typer.Option("--each-session", help="Also a report of each session by itself.")
    ] = False,
    allow: AllowOption = None,
) -> None:
    """Make tables, figures and report.html again from stored results."""
    from ghostbench.workflows.report import write_report, write_session_reports

    if each_session:
        for each in write_session_reports(campaign):
            note(each.told())
    with progress() as shown:
        written = write_report(campaign, allow=allow or (), progress=shown)
    note(written.told())
