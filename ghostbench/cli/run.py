"""`ghostbench run`: time networks and `.tflite` files."""

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from ghostbench.cli.console import note, print_json, progress
from ghostbench.cli.goal import goal, print_preview
from ghostbench.cli.many import named_devices, run_on_many
from ghostbench.cli.options import (
    DEFAULTS,
    AdbServerOption,
    AllowOption,
    BudgetOption,
    CoolForOption,
    CoolingOption,
    CoreOption,
    DryRunOption,
    FixedRoundsOption,
    HalfWidthOption,
    JoinOption,
    JsonOption,
    NewOption,
    PlanOption,
    PrecisionOption,
    RatioOption,
    ResumeOption,
    SeedOption,
    SettingsOption,
    WaitOption,
    how_to_measure,
)
from ghostbench.cli.results import print_results, tell_failures
from ghostbench.core.errors import UsageError
from ghostbench.core.plan import RunSettings

if TYPE_CHECKING:
    from ghostbench.workflows.measure import HowToMeasure, MeasureOutcome
    from ghostbench.workflows.plan_file import PlannedRun


def run(
    targets: Annotated[
        list[str] | None, typer.Argument(help="Networks of the zoo, or .tflite files.")
    ] = None,
    device: Annotated[
        list[str] | None,
        typer.Option(
            help="A phone's serial, host, simulated or simulated:SEED; else the one phone that is "
            "connected, else host. May be repeated: phones are measured side by side."
        ),
    ] = None,
    all_devices: Annotated[
        bool, typer.Option("--all-devices", help="Every phone that is connected and can be used.")
    ] = False,
    engine: Annotated[
        str, typer.Option(help="What runs the model: litert or benchmark_model.")
    ] = "litert",
    runner: Annotated[
        str | None,
        typer.Option(
            metavar="FILE",
            help="The benchmark_model to use: a file or address, or classic, compiled or compiled@VERSION to fetch it.",
        ),
    ] = None,
    precision: PrecisionOption = "fp32",
    core: CoreOption = None,
    rounds: FixedRoundsOption = None,
    half_width: HalfWidthOption = None,
    budget: BudgetOption = None,
    ratio: RatioOption = None,
    plan: PlanOption = None,
    join: JoinOption = None,
    new: NewOption = False,
    allow: AllowOption = None,
    dry_run: DryRunOption = False,
    min_runs: Annotated[
        int, typer.Option(help="Timed inferences in a process, at least.")
    ] = DEFAULTS.min_runs,
    min_ms: Annotated[
        int, typer.Option(help="Timed milliseconds in a process, at least.")
    ] = DEFAULTS.min_ms,
    max_ms: Annotated[
        int, typer.Option(help="Timed milliseconds in a process, at most.")
    ] = DEFAULTS.max_ms,
    threads: Annotated[int, typer.Option(help="Threads of the runtime.")] = DEFAULTS.threads,
    kernel_mode: Annotated[
        str, typer.Option(help="delegate (XNNPACK), builtin or reference.")
    ] = DEFAULTS.kernel_mode,
    seed: SeedOption = None,
    resume: ResumeOption = False,
    adb_server: AdbServerOption = None,
    phone_settings: SettingsOption = None,
    cooling: CoolingOption = None,
    cool_for_s: CoolForOption = None,
    wait_s: WaitOption = 0.0,
    as_json: JsonOption = False,
) -> None:
    """Time models: fresh processes, interleaved, every sample kept."""
    from ghostbench.workflows.phone_session import only_device
    from ghostbench.workflows.plan_file import PlannedRun

    named = named_devices(device, every_phone=all_devices, adb_server=adb_server)
    if len(named) > 1 and (plan or join or dry_run):
        raise UsageError("--plan, --join and --dry-run take one device at a time")
    how = how_to_measure(
        device=named[0] if named else "host" if plan or join else only_device(adb_server),
        engine=engine,
        runner=runner,
        core=core,
        settings=RunSettings(
            threads=threads,
            kernel_mode=kernel_mode,
            min_runs=min_runs,
            min_ms=min_ms,
            max_ms=max_ms,
        ),
        rounds=rounds,
        stopping=goal(rounds, half_width, budget, ratio),
        seed=seed,
        resume=resume,
        adb_server=adb_server,
        phone_settings=phone_settings,
        cooling=cooling,
        cool_for_s=cool_for_s,
        wait_s=wait_s,
    )
    how = replace(how, anew=new, allowed=tuple(allow or ()))
    planned = PlannedRun(targets=tuple(targets or ()), precisions=(precision,), how=how)
    own = {
        "models": bool(targets),
        "--rounds": rounds is not None,
        "--half-width, --budget or --ratio": bool(half_width or budget or ratio),
        "--precision": precision != "fp32",
        "--engine": engine != "litert",
        "--core": core is not None,
        "settings such as --threads or --min-ms": how.settings != DEFAULTS,
    }
    if join is not None:
        _refuse("--join", "the campaign", {**own, "--plan": plan, "--device": named, "--new": new})
    elif plan is not None:
        _refuse("--plan", "the file", own)
        planned = _from_plan(plan, how, named[0] if named else None)
    if dry_run:
        _tell_preview(planned, join, as_json=as_json)
    elif len(named) > 1:
        run_on_many(planned, named, as_json=as_json)
    else:
        _tell(_measured(planned, join), as_json=as_json)


def _refuse(option: str, source: str, given: Mapping[str, object]) -> None:
    """Raise UsageError for what would be silently overridden."""
    if there := [name for name, is_given in given.items() if is_given]:
        raise UsageError(f"{option} takes it all from {source}; leave out {', '.join(there)}")


def _from_plan(path: Path, given: "HowToMeasure", device: str | None) -> "PlannedRun":
    """The plan, on the device that is named on the command line if one is."""
    from ghostbench.workflows.plan_file import load_plan_file

    planned = load_plan_file(path)
    seed = planned.how.order_seed if given.order_seed is None else given.order_seed
    how = replace(
        planned.how,
        device=device or planned.how.device,
        runner=given.runner,
        resume=given.resume,
        phone=given.phone,
        order_seed=seed,
        anew=given.anew,
        allowed=given.allowed,
    )
    return replace(planned, how=how)


def _measured(planned: "PlannedRun", join: str | None) -> "MeasureOutcome":
    from ghostbench.workflows.run import run as time_models
    from ghostbench.workflows.sessions import run_session

    how = planned.how
    with progress() as shown:
        if join is None:
            return time_models(
                planned.targets, precision=planned.precisions, how=how, progress=shown
            )
        return run_session(
            join,
            runner=how.runner,
            phone=how.phone,
            seed=how.order_seed,
            resume=how.resume,
            allow=how.allowed,
            progress=shown,
        )


def _tell(outcome: "MeasureOutcome", *, as_json: bool) -> None:
    if as_json:
        print_json(outcome.results)
    elif outcome.results:
        print_results(outcome.results)
    note(f"every sample is kept in {outcome.folder}")
    tell_failures(outcome.failures)


def _tell_preview(planned: "PlannedRun", join: str | None, *, as_json: bool) -> None:
    from ghostbench.workflows.preview import preview, preview_session

    shown = preview(planned) if join is None else preview_session(join)
    if as_json:
        print_json(shown)
    else:
        print_preview(shown)
