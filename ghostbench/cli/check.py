"""`ghostbench check`: a gate against becoming slower.

Exit codes, as of `diff`: 0 a slowdown is ruled out, 1 it is established, 2 the check could not be made; and 3 when the
data cannot tell.
"""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from ghostbench.cli.compare import COMPARE_ROUNDS, read_share
from ghostbench.cli.console import note, print_json, progress, told_as_defect
from ghostbench.cli.options import (
    AdbServerOption,
    AllowOption,
    CoreOption,
    DeviceOption,
    PrecisionOption,
    RoundsOption,
    phone_wishes,
)
from ghostbench.core.errors import GhostbenchError, UsageError

if TYPE_CHECKING:
    from ghostbench.workflows.guard import CheckOutcome

EXIT_CODES = {False: 0, True: 1, None: 3}
_SUMMARY = {
    False: "a slowdown of more than {limit} is ruled out",
    True: "a slowdown of more than {limit} is established",
    None: "the data cannot tell whether there is a slowdown of more than {limit}",
}


class CheckNotMade(GhostbenchError):
    """Something went wrong before there was a verdict; never to be mistaken for a slowdown."""

    exit_code = 2


def check(
    targets: Annotated[
        list[str] | None,
        typer.Argument(help="A campaign, records CAMPAIGN/JOB, or models to measure now."),
    ] = None,
    baseline: Annotated[
        str | None,
        typer.Option(help="A baseline file, a campaign or record, or a model measured alongside."),
    ] = None,
    max_slowdown: Annotated[str, typer.Option(help="How much slower is still accepted.")] = "3%",
    write_baseline: Annotated[
        Path | None, typer.Option(help="Write the named campaign as a baseline, and end.")
    ] = None,
    allow: AllowOption = None,
    device: DeviceOption = "host",
    precision: PrecisionOption = "fp32",
    core: CoreOption = None,
    rounds: RoundsOption = COMPARE_ROUNDS,
    adb_server: AdbServerOption = None,
    junit: Annotated[Path | None, typer.Option(help="Write a JUnit file there.")] = None,
    github: Annotated[
        bool | None,
        typer.Option("--github/--no-github", help="Annotations; else on GitHub Actions only."),
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> int:
    """Find out whether anything became slower; ends with 1 only when that is established, with 3 when it is open."""
    with _trouble_is_no_slowdown():
        from ghostbench.workflows.guard import check as do
        from ghostbench.workflows.measure import HowToMeasure

        if write_baseline is not None:
            return _write(write_baseline, targets or [])
        if baseline is None:
            raise UsageError("name a baseline: --baseline FILE, or make one: --write-baseline FILE")
        limit = read_share(max_slowdown)
        how = HowToMeasure(
            device=device,
            core=core,
            rounds=rounds,
            purpose="check",
            phone=phone_wishes(adb_server, None, cooling=None, wait_s=0.0),
        )
        with progress() as shown:
            outcome = do(
                baseline,
                targets or [],
                max_slowdown=limit,
                allow=allow or (),
                precision=precision,
                how=how,
                progress=shown,
            )
        _tell(outcome, max_slowdown, as_json=as_json)
        if junit is not None:
            _write_junit(junit, outcome)
        if github or (github is None and os.environ.get("GITHUB_ACTIONS") == "true"):
            _annotate(outcome)
    return EXIT_CODES[outcome.slower]


def _tell(outcome: "CheckOutcome", limit: str, *, as_json: bool) -> None:
    from ghostbench.report.comparison_text import doubt_lines, guard_line

    if as_json:
        print_json(outcome)
    else:
        for verdict in outcome.verdicts:
            typer.echo(guard_line(verdict))
    for line in doubt_lines([verdict.comparison for verdict in outcome.verdicts]):
        note(f"! {line}")
    for line in outcome.alone:
        note(line)
    if outcome.folder:
        note(f"every sample is kept in {outcome.folder}")
    note(_SUMMARY[outcome.slower].format(limit=limit))


def _write(path: Path, targets: list[str]) -> int:
    from ghostbench.workflows.guard import write_baseline

    with progress() as shown:
        written = write_baseline(path, targets, progress=shown)
    note(f"{path}: the baseline holds {', '.join(job.job_id for job in written.jobs)}")
    return 0


def _write_junit(path: Path, outcome: "CheckOutcome") -> None:
    from ghostbench.report.ci import junit_text

    path.write_text(junit_text(outcome.verdicts), encoding="utf-8")


def _annotate(outcome: "CheckOutcome") -> None:
    from ghostbench.report.ci import github_annotation

    for verdict in outcome.verdicts:
        note(github_annotation(verdict))


@contextmanager
def _trouble_is_no_slowdown() -> Iterator[None]:
    """Exit code 1 is for an established slowdown alone: whatever else goes wrong ends with 2."""
    try:
        yield
    except GhostbenchError as cause:
        raise CheckNotMade(str(cause)) from cause
    except OSError as cause:
        told = f"{cause.filename}: {cause.strerror}" if cause.filename else str(cause)
        raise CheckNotMade(told) from cause
    except Exception as cause:  # a defect is no slowdown either
        raise CheckNotMade(told_as_defect(cause)) from cause
