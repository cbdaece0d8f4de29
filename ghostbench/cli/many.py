"""`ghostbench run` on several devices at once."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

import typer

from ghostbench.cli.console import note, print_json, progress_of_each
from ghostbench.core.errors import GhostbenchError, UsageError

if TYPE_CHECKING:
    from ghostbench.workflows.many_devices import OneDevice
    from ghostbench.workflows.plan_file import PlannedRun


def named_devices(
    given: Sequence[str] | None, *, every_phone: bool, adb_server: str | None
) -> tuple[str, ...]:
    """The devices that the command line names, each once; none when it leaves the choice open."""
    from ghostbench.workflows.many_devices import usable_phones

    if every_phone and given:
        raise UsageError("--all-devices names them all; leave --device out")
    return usable_phones(adb_server) if every_phone else tuple(dict.fromkeys(given or ()))


def run_on_many(planned: "PlannedRun", devices: Sequence[str], *, as_json: bool) -> None:
    """Time on all at once and print one table for each. Raises GhostbenchError when one of them gave no result."""
    from ghostbench.workflows.many_devices import run_on_each

    with progress_of_each() as progress_of:
        ended = run_on_each(
            planned.targets,
            devices=devices,
            how=planned.how,
            precision=planned.precisions,
            progress_of=progress_of,
        )
    if as_json:
        print_json([result for one in ended if one.outcome for result in one.outcome.results])
    else:
        _print_each(ended)
    for one in ended:
        if one.outcome:
            note(f"{one.device}: every sample is kept in {one.outcome.folder}")
    if failures := [line for one in ended for line in _failures(one)]:
        raise GhostbenchError("; ".join(failures))


def _print_each(ended: "Sequence[OneDevice]") -> None:
    from ghostbench.cli.results import print_results

    shown = [one for one in ended if one.outcome and one.outcome.results]
    for number, one in enumerate(shown):
        typer.echo("\n" * (number > 0) + one.device)
        if one.outcome:
            print_results(one.outcome.results)


def _failures(one: "OneDevice") -> list[str]:
    if one.outcome is None:
        told = one.error or ""
        return [told if told.startswith(one.device) else f"{one.device}: {told}"]
    return [
        f"{one.device}: {failure.job_id} could not be timed: {failure.reasons[0]}"
        for failure in one.outcome.failures
    ]
