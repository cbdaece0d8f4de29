"""Time per operator: names or files to profiles, a folder with all that the runner said, a chart and a trace."""

import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING

from ghostbench.core.artifact import Artifact
from ghostbench.core.engine import Command
from ghostbench.core.errors import CommandFailed, RunnerError, UsageError
from ghostbench.core.folders import results_folder
from ghostbench.core.plan import MIN_ROUNDS, RunSettings
from ghostbench.core.profile import ModelProfile, ProfileComparison, ProfileRun, Roof
from ghostbench.core.progress import Progress, Silence
from ghostbench.core.strict import to_json
from ghostbench.workflows.measure import HowToMeasure, open_bench
from ghostbench.workflows.run import find_artifacts

if TYPE_CHECKING:
    from ghostbench.workflows.measure import Bench
    from ghostbench.workflows.phone_session import Borrowed

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
    folder = _folder(how)
    profiles = _measure(artifacts, bench, repetitions, folder, shown)
    comparison = compare_profiles(*profiles) if against else None
    _write(folder, profiles, comparison)
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


def _folder(how: HowToMeasure) -> Path:
    from ghostbench.store.campaign import new_campaign_folder

    today = datetime.now(UTC).date()
    # It has no plan, so nothing takes it for a campaign of latencies.
    return new_campaign_folder(
        results_folder(how.workspace), device=f"{how.device}-profile", today=today
    )


@dataclass(slots=True)
class _Told:
    """What the processes of one model said."""

    runs: list[ProfileRun]
    latencies_ns: list[float]


def _measure(
    artifacts: Sequence[Artifact],
    bench: "Bench",
    repetitions: int,
    folder: Path,
    progress: Progress,
) -> tuple[ModelProfile, ...]:
    from ghostbench.workflows.phone_session import borrow

    rounds = bench.how.rounds
    seed = bench.how.order_seed
    rng = random.Random(random.SystemRandom().randrange(2**32) if seed is None else seed)
    told = [_Told(runs=[], latencies_ns=[]) for _ in artifacts]
    with borrow(bench.device, bench.how.phone, progress) as borrowed:
        borrowed.prepare(bench.engine, [artifact.path for artifact in artifacts])
        progress.start("profiling", steps=rounds * len(artifacts))
        roof = _roof(bench, borrowed, artifacts[0], folder)
        for number in range(rounds):
            for place in rng.sample(range(len(artifacts)), len(artifacts)):
                artifact = artifacts[place]
                progress.doing(f"{artifact.name}, round {number + 1}")
                name = f"{place + 1}-round-{number + 1}"
                runner = _Runner(bench, borrowed, artifact, folder, name)
                told[place].latencies_ns.append(runner.latency_ns())
                told[place].runs.append(runner.profiled(repetitions))
                progress.step()
    return tuple(
        _profile_of(artifact, one, bench, roof)
        for artifact, one in zip(artifacts, told, strict=True)
    )


def _profile_of(artifact: Artifact, told: _Told, bench: "Bench", roof: Roof) -> ModelProfile:
    from ghostbench.bench.profile_result import WhatRan, profile_of
    from ghostbench.graph.reader import read_graph

    for run in told.runs:
        if run.loaded.model_sha256 != artifact.sha256:
            raise RunnerError(f"{artifact.path} is not the file that was profiled")
    what = WhatRan(
        model=artifact.name,
        precision=artifact.precision,
        model_sha256=artifact.sha256,
        device=bench.device.info(),
        engine=bench.engine.info(),
        latencies_ns=tuple(told.latencies_ns),
        roof=roof,
    )
    return profile_of(what, read_graph(artifact.path), told.runs)


def _roof(bench: "Bench", borrowed: "Borrowed", artifact: Artifact, folder: Path) -> Roof:
    from ghostbench.bench.profile_result import roof_of
    from ghostbench.engine.profile_command import peak_command
    from ghostbench.engine.profile_wire import read_peaks

    runner = _Runner(bench, borrowed, artifact, folder, "peaks")
    command = peak_command(bench.engine, borrowed.device, runner.model(), bench.settings)
    return roof_of([read_peaks(runner.lines(command, f"peaks-{number}")) for number in range(1, 4)])


@dataclass(frozen=True, slots=True)
class _Runner:
    """One model in one round."""

    bench: "Bench"
    borrowed: "Borrowed"
    artifact: Artifact
    folder: Path
    name: str

    def model(self) -> PurePosixPath:
        """Where the device has the model."""
        return self.borrowed.device.install(self.artifact.path)

    def latency_ns(self) -> float:
        """The median of a process without the profiler."""
        from statistics import median

        from ghostbench.bench.measure import fold_events

        bench = self.bench
        command = bench.engine.command(self.borrowed.device, self.model(), bench.settings)
        events = bench.engine.events(self.lines(command, f"timed-{self.name}"))
        return float(median(fold_events(events).samples.timed_ns()))

    def profiled(self, repetitions: int) -> ProfileRun:
        """A process with it."""
        from ghostbench.engine.profile_command import profile_command
        from ghostbench.engine.profile_wire import read_profile

        bench = self.bench
        command = profile_command(
            bench.engine, self.borrowed.device, self.model(), bench.settings, repetitions
        )
        return read_profile(self.lines(command, f"profiled-{self.name}"))

    def lines(self, command: Command, name: str) -> Iterator[str]:
        """What a process says, whole, after it was kept."""
        from ghostbench.store.durable import write_whole

        told: list[str] = []
        failure = None
        try:
            told.extend(
                self.borrowed.device.stream(
                    command.argv,
                    timeout_s=self.bench.settings.timeout_s,
                    environment=command.environment,
                )
            )
        except CommandFailed as fault:
            failure = fault  # the runner's own words, if there are any, say more
        text = "".join(line + "\n" for line in told)
        write_whole(self.folder / f"{name}.jsonl", text.encode("utf-8", "surrogateescape"))
        if failure is not None and '"type":"error"' not in text:
            raise failure
        return iter(told)


def _write(
    folder: Path, profiles: Sequence[ModelProfile], comparison: ProfileComparison | None
) -> None:
    import msgspec

    from ghostbench.report.charts.profile import profile_figure
    from ghostbench.report.charts.style import drawing, write_picture
    from ghostbench.report.profile_trace import trace
    from ghostbench.store.durable import write_whole

    content: object = comparison or profiles[0]
    write_whole(folder / "profile.json", msgspec.json.format(to_json(content), indent=1) + b"\n")
    write_whole(folder / "trace.json", to_json(trace(profiles)) + b"\n")
    for number, one in enumerate(profiles, start=1):
        with drawing():
            name = "profile" if len(profiles) == 1 else f"profile-{number}"
            write_picture(profile_figure(one), folder, name)


def with_settings(how: HowToMeasure, kernel_mode: str) -> HowToMeasure:
    """The same with the settings of a profile."""
    return replace(how, settings=replace(SETTINGS, kernel_mode=kernel_mode))
