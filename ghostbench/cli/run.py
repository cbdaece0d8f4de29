"""`ghostbench run`: time networks and `.tflite` files."""

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from ghostbench.cli.console import note, print_json, print_table, progress
from ghostbench.cli.goal import (
    BudgetOption,
    DryRunOption,
    FixedRoundsOption,
    HalfWidthOption,
    JoinOption,
    PlanOption,
    RatioOption,
    goal,
    print_preview,
)
from ghostbench.core.errors import GhostbenchError, UsageError
from ghostbench.core.plan import DEFAULT_ROUNDS, RunSettings
from ghostbench.core.result import JobFailure, JobResult

if TYPE_CHECKING:
    from ghostbench.workflows.measure import HowToMeasure
    from ghostbench.workflows.phone_hold import PhoneWishes
    from ghostbench.workflows.plan_file import PlannedRun

DEFAULTS = RunSettings()

# Options that `run` and `reproduce` share.
DeviceOption = Annotated[
    str, typer.Option(help="A phone's serial, host, simulated or simulated:SEED.")
]
PrecisionOption = Annotated[
    str, typer.Option(help="Which build of a network: fp32, fp16, dynamic, int8.")
]
CoreOption = Annotated[
    str | None,
    typer.Option(
        help="Number of the core to pin to; of a phone also prime, big, little or any. "
        "Else a phone's profile chooses, elsewhere the scheduler."
    ),
]
AdbServerOption = Annotated[
    str | None,
    typer.Option(
        "--adb-server",
        metavar="HOST:PORT",
        help="The adb server that knows the phone; else this machine's own.",
    ),
]
SettingsOption = Annotated[
    str | None,
    typer.Option(
        "--phone-settings",
        metavar="NAMES",
        help="What to change on a phone while it is measured, with commas between, or none; else the usual.",
    ),
]
CoolingOption = Annotated[
    bool, typer.Option("--cooling/--no-cooling", help="Let a phone cool between blocks.")
]
WaitOption = Annotated[
    float,
    typer.Option("--wait", metavar="SECONDS", help="How long to wait for a phone that is in use."),
]
RoundsOption = Annotated[
    int, typer.Option(help="Fresh processes for each model; an interval needs three.")
]
SeedOption = Annotated[
    int | None, typer.Option(help="Seed of the order of blocks; else one is drawn and recorded.")
]
ResumeOption = Annotated[
    bool,
    typer.Option(
        "--resume", help="Go on with the newest campaign of the same models and settings."
    ),
]


def run(
    targets: Annotated[
        list[str] | None, typer.Argument(help="Networks of the zoo, or .tflite files.")
    ] = None,
    device: Annotated[
        str | None,
        typer.Option(
            help="A phone's serial, host, simulated or simulated:SEED; else the one phone that is "
            "connected, else host."
        ),
    ] = None,
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
    cooling: CoolingOption = True,
    wait_s: WaitOption = 0.0,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """Time models: fresh processes, interleaved, every sample kept."""
    from ghostbench.workflows.measure import HowToMeasure
    from ghostbench.workflows.phone_session import only_device
    from ghostbench.workflows.plan_file import PlannedRun
    from ghostbench.workflows.run import run as time_models
    from ghostbench.workflows.sessions import run_session

    how = HowToMeasure(
        device=device or ("host" if plan or dry_run else only_device(adb_server)),
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
        rounds=DEFAULT_ROUNDS if rounds is None else rounds,
        stopping=goal(rounds, half_width, budget, ratio),
        order_seed=seed,
        resume=resume,
        phone=phone_wishes(adb_server, phone_settings, cooling=cooling, wait_s=wait_s),
    )
    planned = PlannedRun(targets=tuple(targets or ()), precisions=(precision,), how=how)
    if plan is not None:
        if targets or rounds or half_width or budget or ratio or how.settings != DEFAULTS:
            raise UsageError("a plan says itself which models, how often and how; give these there")
        planned = _from_plan(plan, how, device)
    if dry_run:
        _tell_preview(planned, as_json=as_json)
        return
    with progress() as shown:
        if join is not None:
            if planned.targets or plan or rounds or half_width or budget or ratio:
                raise UsageError(
                    "--join takes models, settings and goal from the campaign; leave them out"
                )
            outcome = run_session(
                join, runner=runner, phone=how.phone, seed=seed, resume=resume, progress=shown
            )
        else:
            outcome = time_models(
                planned.targets, precision=planned.precisions, how=planned.how, progress=shown
            )
    if as_json:
        print_json(outcome.results)
    elif outcome.results:
        print_results(outcome.results)
    note(f"every sample is kept in {outcome.folder}")
    tell_failures(outcome.failures)


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
    )
    return replace(planned, how=how)


def _tell_preview(planned: "PlannedRun", *, as_json: bool) -> None:
    from ghostbench.workflows.preview import preview

    shown = preview(planned)
    if as_json:
        print_json(shown)
    else:
        print_preview(shown)


def phone_wishes(
    adb_server: str | None, settings: str | None, *, cooling: bool, wait_s: float
) -> "PhoneWishes":
    """The options that only a phone has."""
    from ghostbench.workflows.phone_hold import PhoneWishes

    names = (
        None if settings is None else tuple(n for n in settings.split(",") if n not in ("", "none"))
    )
    return PhoneWishes(adb_server=adb_server, settings=names, cooling=cooling, wait_s=wait_s)


def print_results(results: tuple[JobResult, ...]) -> None:
    """Print results as a table that marks what carries a caution; below it on stderr each kind of caution once."""
    from ghostbench.report.cautions import caution_lines
    from ghostbench.report.quantities import interval_text, megabytes_text, ms_text

    print_table(
        [
            "model",
            "precision",
            "median ms",
            "95 % interval",
            "p95",
            "min",
            "init",
            "MB",
            "samples",
            "!",
        ],
        [
            [
                r.model,
                r.precision,
                ms_text(r.median_ns, r.ci95_ns),
                interval_text(r.ci95_ns, around_ns=r.median_ns),
                ms_text(r.p95_ns),
                ms_text(r.min_ns),
                ms_text(r.init_ns),
                megabytes_text(r.peak_rss_bytes),
                f"{len(r.samples) or 'none'} in {len(r.blocks)}",
                "!" if r.cautions else "",
            ]
            for r in results
        ],
        left=2,
    )
    lines = caution_lines({r.job_id: r.cautions for r in results})
    if lines:
        note("what speaks against the rows marked with an exclamation mark:")
    for line in lines:
        note(f"! {line}")


def tell_failures(failures: tuple[JobFailure, ...]) -> None:
    """Raise for jobs that gave no result; what the others gave is printed and stored by then."""
    if failures:
        told = (
            f"{failure.job_id} could not be timed: {failure.reasons[0]}" for failure in failures
        )
        raise GhostbenchError("; ".join(told))
