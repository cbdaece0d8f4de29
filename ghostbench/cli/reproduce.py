"""`ghostbench reproduce`: the main job."""

from typing import Annotated

import typer

from ghostbench.cli.console import note, print_json, print_table, progress
from ghostbench.cli.options import (
    AdbServerOption,
    CoolForOption,
    CoolingOption,
    CoreOption,
    DeviceOption,
    PrecisionOption,
    ResumeOption,
    RoundsOption,
    SeedOption,
    SettingsOption,
    WaitOption,
    how_to_measure,
)
from ghostbench.cli.results import print_results, tell_failures
from ghostbench.core.errors import GhostbenchError
from ghostbench.core.plan import DEFAULT_ROUNDS


def reproduce(
    paper: Annotated[
        str | None, typer.Argument(help="The paper, for example ghostnet-2020.")
    ] = None,
    list_papers: Annotated[
        bool, typer.Option("--list", help="List the papers that are known.")
    ] = False,
    parts: Annotated[
        str,
        typer.Option(
            metavar="NAMES",
            help="Time these tables of the paper too, with commas between, or all; `--list` names them. "
            "The others stand there with counts alone.",
        ),
    ] = "",
    networks: Annotated[
        str,
        typer.Option(
            metavar="NAMES", help="Time these others of the paper's comparison too, or all."
        ),
    ] = "",
    device: DeviceOption = "host",
    precision: PrecisionOption = "fp32",
    core: CoreOption = None,
    rounds: RoundsOption = DEFAULT_ROUNDS,
    seed: SeedOption = None,
    resume: ResumeOption = False,
    adb_server: AdbServerOption = None,
    phone_settings: SettingsOption = None,
    cooling: CoolingOption = None,
    cool_for_s: CoolForOption = None,
    wait_s: WaitOption = 0.0,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """Build, time and chart the networks of a paper."""
    from ghostbench.workflows.reproduce import known_papers
    from ghostbench.workflows.reproduce import reproduce as do

    if list_papers or paper is None:
        papers = known_papers()
        if as_json:
            print_json(papers)
        else:
            print_table(
                ["paper", "title", "parts", "networks", "more", "claims"],
                [
                    [
                        p.name,
                        p.title.partition(":")[0],
                        ", ".join(p.parts) or "none",
                        str(p.networks),
                        str(p.more_networks),
                        str(p.claims),
                    ]
                    for p in papers
                ],
                left=3,
            )
        return
    how = how_to_measure(
        device=device,
        core=core,
        rounds=rounds,
        seed=seed,
        resume=resume,
        adb_server=adb_server,
        phone_settings=phone_settings,
        cooling=cooling,
        cool_for_s=cool_for_s,
        wait_s=wait_s,
    )
    with progress() as shown:
        outcome = do(
            paper,
            precision=precision,
            parts=_names(parts),
            networks=_names(networks),
            how=how,
            progress=shown,
        )
    if as_json:
        print_json(outcome)
    elif outcome.results:
        print_results(outcome.results)
    note("")
    for path in outcome.files:
        note(str(path))
    tell_failures(outcome.failures)
    if outcome.refused:
        raise GhostbenchError("; ".join(outcome.refused))


def _names(text: str) -> list[str]:
    return [name for part in text.split(",") if (name := part.strip())]
