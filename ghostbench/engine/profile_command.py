"""The runner's command lines for a profile and for a core's peaks, from that for a timed run."""

from pathlib import PurePosixPath

from ghostbench.core.device import Device
from ghostbench.core.engine import Command, Engine
from ghostbench.core.plan import RunSettings

# For each of the six peaks; their 25 repetitions are then shorter than a scheduler's slice of time.
PEAK_MS = 50


def profile_command(
    engine: Engine, device: Device, model: PurePosixPath, settings: RunSettings, repetitions: int
) -> Command:
    """Profile a model: the same warm-up as a timed run, then so many inferences with the profiler on."""
    timed = engine.command(device, model, settings)
    return Command(argv=(*timed.argv, "--profile", str(repetitions)), environment=timed.environment)


def peak_command(
    engine: Engine, device: Device, model: PurePosixPath, settings: RunSettings
) -> Command:
    """Measure the peaks of the core that the settings name; no model is run."""
    timed = engine.command(device, model, settings)
    start = timed.argv[: timed.argv.index("--library")]
    cpu = timed.argv[timed.argv.index("--cpu") + 1]
    return Command(
        argv=(*start, "--cpu", cpu, "--peak-ms", str(PEAK_MS)), environment=timed.environment
    )
