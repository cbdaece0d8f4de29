"""The one place where names become concrete classes."""

from difflib import get_close_matches
from typing import TYPE_CHECKING

from ghostbench.core.device import Device
from ghostbench.core.engine import Engine
from ghostbench.core.errors import UnknownName, UsageError
from ghostbench.core.progress import Progress

if TYPE_CHECKING:
    from ghostbench.engine.bundle import Bundle

DEVICES = ("host", "simulated", "simulated:SEED")
ENGINES = ("litert", "benchmark_model")


def open_device(name: str, *, adb_server: str | None = None, hurry: float = 1.0) -> Device:
    """The device of that name, or the phone of that serial. Raises DeviceError for a phone that cannot be used."""
    if name == "host":
        from ghostbench.device.host import HostDevice

        return HostDevice()
    _check_device(name)
    kind, _, seed = name.partition(":")
    if kind == "simulated":
        from ghostbench.device.simulated import SimulatedDevice

        return SimulatedDevice(seed=int(seed or 0))
    from ghostbench.device.android import open_phone

    return open_phone(name, adb_server, hurry=hurry)


def check_names(device: str, engine: str) -> None:
    """Raise UsageError for what names no device or engine, without reaching any; a serial may be anything else."""
    _check_device(device)
    if engine not in ENGINES:
        raise UnknownName("engine", engine, ENGINES)


def _check_device(name: str) -> None:
    kind, _, seed = name.partition(":")
    if kind == "simulated":
        if seed and not seed.isdecimal():
            raise UsageError(f"the seed of a simulated device is a whole number, not {seed!r}")
    elif not name or name == "simulated:SEED":
        raise UnknownName("device", name, DEVICES)
    elif name != "host" and get_close_matches(name, ("host", "simulated"), cutoff=0.8):
        raise UnknownName("device", name, DEVICES)  # a slip of the pen, and not a serial


def open_engine(
    name: str,
    device: Device | None = None,
    progress: Progress | None = None,
    *,
    runner: str | None = None,
) -> Engine:
    """The engine of that name, with the files that the device needs. Raises UnknownName.

    A phone gets a bundle with a C runtime, which is made when there is none. `runner` is the program of
    `benchmark_model`: a file, or which published one.
    """
    if name == "benchmark_model":
        if runner is None:
            raise UsageError(
                "the engine benchmark_model needs its program: --runner FILE, or --runner classic or compiled to "
                "fetch a published one"
            )
        from ghostbench.engine.benchmark_model import BenchmarkModelEngine

        benchmark_model = BenchmarkModelEngine(runner, warn=progress.say if progress else None)
        if device is not None:
            benchmark_model.choose_for(device)
        return benchmark_model
    if runner is not None:
        raise UsageError(f"--runner is for the engine benchmark_model, not for {name}")
    if name == "litert":
        from ghostbench.engine.litert import LiteRtEngine

        if device is not None and device.info().kind == "android":
            return LiteRtEngine(_bundle(progress).runtime())
        return LiteRtEngine()
    raise UnknownName("engine", name, ENGINES)


def _bundle(progress: Progress | None) -> "Bundle":
    """What phones need; made when there is none. What makes it is loaded only then."""
    from ghostbench.engine.bundle import BundleError, load_bundle

    try:
        return load_bundle()
    except BundleError:
        from ghostbench.engine.bundle_build import have_bundle

        return have_bundle(progress=progress)
