"""`ghostbench run`: time networks and `.tflite` files."""

from typing import Annotated

import typer

from ghostbench.cli.console import note, print_json, print_table, progress
from ghostbench.core.errors import GhostbenchError
from ghostbench.core.plan import DEFAULT_ROUNDS, RunSettings
from ghostbench.core.result import JobFailure, JobResult

DEFAULTS = RunSettings()

# Options that `run` and `reproduce` share.
DeviceOption = Annotated[str, typer.Option(help="host, simulated or simulated:SEED.")]
PrecisionOption = Annotated[
    str, typer.Option(help="Which build of a network: fp32, fp16, dynamic, int8.")
]
CoreOption = Annotated[
    str | None, typer.Option(help="Number of the core to pin to; else the scheduler chooses.")
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
    device: DeviceOption = "host",
    engine: Annotated[str, typer.Option(help="What runs the model.")] = "litert",
    precision: PrecisionOption = "fp32",
    core: CoreOption = None,
    rounds: RoundsOption = DEFAULT_ROUNDS,
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
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """Time models: fresh processes, interleaved, every sample kept."""
    from ghostbench.workflows.measure import HowToMeasure
    from ghostbench.workflows.run import run as time_models

    how = HowToMeasure(
        device=device,
        engine=engine,
        core=core,
        settings=RunSettings(
            threads=threads,
            kernel_mode=kernel_mode,
            min_runs=min_runs,
            min_ms=min_ms,
            max_ms=max_ms,
        ),
        rounds=rounds,
        order_seed=seed,
        resume=resume,
    )
    with progress() as shown:
        outcome = time_models(targets or [], precision=precision, how=how, progress=shown)
    if as_json:
        print_json(outcome.results)
    elif outcome.results:
        print_results(outcome.results)
    note(f"every sample is kept in {outcome.folder}")
    tell_failures(outcome.failures)


def print_results(results: tuple[JobResult, ...]) -> None:
    """Print results as a table, cautions below it on stderr."""
    from ghostbench.report.quantities import interval_text, megabytes_text, ms_text

    print_table(
        ["model", "precision", "median ms", "95 % interval", "p95", "min", "init", "MB", "samples"],
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
                f"{len(r.samples)} in {len(r.blocks)}",
            ]
            for r in results
        ],
        left=2,
    )
    for r in results:
        for caution in r.cautions:
            note(f"{r.job_id}: {caution}")


def tell_failures(failures: tuple[JobFailure, ...]) -> None:
    """Raise for jobs that gave no result; what the others gave is printed and stored by then."""
    if failures:
        told = (
            f"{failure.job_id} could not be timed: {failure.reasons[0]}" for failure in failures
        )
        raise GhostbenchError("; ".join(told))
