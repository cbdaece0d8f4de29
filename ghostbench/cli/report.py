"""`ghostbench report`: tables, charts and the page of a stored campaign."""

from pathlib import Path
from typing import Annotated

import typer

from ghostbench.cli.console import note


def report(
    campaign: Annotated[Path, typer.Argument(help="A folder of results/, or its name.")],
) -> None:
    """Make tables, figures and report.html again from stored results."""
    from ghostbench.workflows.report import write_report

    note(write_report(campaign).told())
