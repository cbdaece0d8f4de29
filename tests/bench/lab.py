"""A campaign in a made-up laboratory: real engine, plan and records; only the device is simulated."""

import hashlib
import platform
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

from ghostbench.bench.clock import Clock
from ghostbench.bench.jobs import make_jobs
from ghostbench.bench.planning import make_plan
from ghostbench.bench.run import run_plan
from ghostbench.core.artifact import Artifact
from ghostbench.core.engine import Engine
from ghostbench.core.plan import Plan, RunSettings
from ghostbench.core.record import RunRecord
from ghostbench.device.simulated import SimulatedDevice
from ghostbench.engine.litert import LiteRtEngine, Runtime

NOW = datetime(2026, 11, 22, 10, 15, tzinfo=UTC)

# Short blocks: a made-up second costs real milliseconds.
QUICK = RunSettings(warmup_min_ms=5, min_ms=20, min_runs=5)


class Notes:
    """A progress that remembers what was said."""

    def __init__(self) -> None:
        self.said: list[str] = []
        self.steps = 0

    def start(self, title: str, *, steps: int, expected_s: float | None = None) -> None:
        pass

    def doing(self, what: str) -> None:
        pass

    def step(self, steps: int = 1) -> None:
        self.steps += steps

    def say(self, line: str) -> None:
        self.said.append(line)


class KeptInMemory:
    """A store for tests of what runs before it."""

    def __init__(self) -> None:
        self.records: list[RunRecord] = []

    def append(self, record: RunRecord) -> None:
        self.records.append(record)


@dataclass
class Lab:
    """Everything that a campaign needs, in one folder."""

    folder: Path
    device: SimulatedDevice = field(default_factory=SimulatedDevice)
    notes: Notes = field(default_factory=Notes)
    store: KeptInMemory = field(default_factory=KeptInMemory)

    def artifact(self, name: str, precision: str = "fp32", route: str = "keras") -> Artifact:
        """A model file that holds nothing but its name."""
        path = self.folder / f"{name}.tflite"
        content = f"{name} {precision} {route}".encode()
        path.write_bytes(content)
        return Artifact(
            name=name,
            title=name.title(),
            family="made-up",
            route=route,
            precision=precision,
            path=path,
            sha256=hashlib.sha256(content).hexdigest(),
            size_bytes=len(content),
            params=1000,
            macs=2000,
            operators={"CONV_2D": 1},
        )

    def engine(self) -> LiteRtEngine:
        """The real engine, with files that hold nothing but their name."""
        files = {name: self.folder / name for name in ("ghostbench-runner", "libLiteRt.so")}
        for name, path in files.items():
            path.write_text(name)
        runner, library = files.values()
        runtime = Runtime(
            machine=platform.machine(), version="2.3.0", runner=runner, library=library
        )
        return LiteRtEngine(runtime)

    def plan(
        self,
        *names: str,
        rounds: int = 3,
        seed: int = 7,
        settings: RunSettings = QUICK,
        campaign: str = "2026-11-22-simulated-1",
    ) -> Plan:
        """A plan of one job for each name."""
        jobs = make_jobs(
            [self.artifact(name) for name in names],
            engines=["litert"],
            devices=[self.device.name],
            settings={self.device.name: settings},
        )
        return make_plan(jobs, campaign=campaign, rounds=rounds, seed=seed, purpose="test", now=NOW)

    def run(
        self,
        plan: Plan,
        *,
        done: Sequence[tuple[int, str]] = (),
        kept: Sequence[RunRecord] = (),
        engines: Mapping[str, Engine] | None = None,
    ) -> list[RunRecord]:
        """Run it to its end, on made-up time."""
        device = self.device
        return list(
            run_plan(
                plan,
                devices={device.name: device},
                engines=engines or {"litert": self.engine()},
                store=self.store,
                done=set(done),
                kept=kept,
                progress=self.notes,
                clock=self.clock(),
            )
        )

    def clock(self) -> Clock:
        """The device's own made-up time."""
        device = self.device
        return Clock(now=device.now, monotonic=device.monotonic, sleep=device.sleep)
