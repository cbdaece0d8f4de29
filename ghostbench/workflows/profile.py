"""Time per operator: names or files to profiles, a folder with all that the runner said, a chart and a trace."""

from dataclasses import dataclass, replace
from pathlib import Path

from ghostbench.core.errors import UsageError
from ghostbench.core.plan import MIN_ROUNDS, RunSettings
from ghostbench.core.profile import ModelProfile, ProfileComparison
from ghostbench.core.progress import Progress, Silence
from ghostbench.workflows.measure import HowToMeasure, open_bench
from ghostbench.workflows.profile_files import new_profile_folder, write_profile
from ghostbench.workflows.profile_rounds import profile_in_rounds
from ghostbench.workflows.run import find_artifacts

DEFAULT_REPETITIONS = 50
DEFAULT_ROUNDS = 5
ROUNDS_TO_COMPARE = 8  # naming a cause asks for much surer figures than showing them
# The process without the profiler needs no more than a steady median.
SETTINGS = RunSettings(min_runs=20, min_ms=300, max_ms=10_000)


@dataclass(frozen=True, slots=True, kw_only=True)
class ProfileOutcome:
    """What a profile left behind."""

    folder: Path
    profiles: tuple[ModelProfile, ...]
    comparison: ProfileComparison | None = None


def profile(
    target: str,
    *,
    against: str | None = None,
    repetitions: int = DEFAULT_REPETITIONS,
    precision: str = "fp32",
    how: HowToMeasure | None = None,
    progress: Progress | None = None,
) -> ProfileOutcome:
    """Profile a model, or two in the same rounds, each round in fresh processes: one with the profiler, one without.

    Raises UsageError, RunnerError, DeviceError, StoreError, and what finding and building models raise.
    """
    from ghostbench.bench.profile_compare import compare_profiles

    how, shown = (
        how or HowToMeasure(settings=SETTINGS, rounds=DEFAULT_ROUNDS),
        progress or Silence(),
    )
    _check(how, repetitions, against)
    bench = open_bench(how, shown)
    if bench.device.info().kind == "simulated":
        raise UsageError("a simulated device runs no operators; profile on host or on a phone")
    targets = [target, *([against] if against else [])]
    artifacts = find_artifacts(
        targets, precision=precision, workspace=how.workspace, progress=shown
    )
    folder = new_profile_folder(how)
    profiles = profile_in_rounds(artifacts, bench, repetitions, folder, shown)
    comparison = compare_profiles(*profiles) if against else None
    write_profile(folder, profiles, comparison)
    return ProfileOutcome(folder=folder, profiles=profiles, comparison=comparison)


def _check(how: HowToMeasure, repetitions: int, against: str | None) -> None:
    least = MIN_ROUNDS if against is None else MIN_ROUNDS + 1
    if how.engine != "litert":
        raise UsageError("only the engine litert tells the time of each operator")
    if how.rounds < least:
        raise UsageError(f"this needs at least {least} rounds, not {how.rounds}")
    if not 5 <= repetitions <= 10_000:
        raise UsageError(f"repetitions must be from 5 to 10000, not {repetitions}")
    if how.settings.threads != 1:
        raise UsageError("operators are profiled on one thread")


def with_settings(how: HowToMeasure, kernel_mode: str) -> HowToMeasure:
    """The same with the settings of a profile."""
    return replace(how, settings=replace(SETTINGS, kernel_mode=kernel_mode))
