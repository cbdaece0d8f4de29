"""The rounds of a profile: fresh processes with the profiler and without it, each kept word for word."""

import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING

from ghostbench.core.artifact import Artifact, quantization_label
from ghostbench.core.engine import Command
from ghostbench.core.errors import CommandFailed, RunnerError
from ghostbench.core.profile import ModelProfile, ProfileRun, Roof
from ghostbench.core.progress import Progress

if TYPE_CHECKING:
    from ghostbench.workflows.measure import Bench
    from ghostbench.workflows.phone_session import Borrowed


@dataclass(slots=True)
class _Told:
    """What the processes of one model said."""

    runs: list[ProfileRun]
    latencies_ns: list[float]


def profile_in_rounds(
    artifacts: Sequence[Artifact],
    bench: "Bench",
    repetitions: int,
    folder: Path,
    progress: Progress,
) -> tuple[ModelProfile, ...]:
    """Profile the models in turns, shuffled within each round, on the device lent for all of it."""
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
        quantization=quantization_label(artifact),
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
