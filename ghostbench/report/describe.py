"""Devices, engines and settings in a few words, the same words in every table, picture and page."""

from ghostbench.core.device import DeviceInfo
from ghostbench.core.plan import RunSettings
from ghostbench.core.record import EngineInfo
from ghostbench.report.quantities import counted
from ghostbench.report.study import Group

_KERNELS = {
    "delegate": "XNNPACK",
    "builtin": "built-in kernels",
    "reference": "reference kernels",
}


def device_text(device: DeviceInfo) -> str:
    """What was measured on: "Pixel 8, aarch64, Android 16"."""
    words = [device.machine, device.os]
    if device.kind == "simulated":
        words = ["simulated: its times are made up"]
    elif device.emulated:
        words.append("emulated: its times mean nothing")
    elif device.virtual:
        words.append("virtual machine")
    return ", ".join(word for word in (device.title, *words) if word)


def engine_text(engine: EngineInfo, settings: RunSettings) -> str:
    """What ran the networks: "LiteRT 2.3.0 (XNNPACK)"."""
    return f"{_ENGINES.get(engine.name, engine.name)} {engine.version} ({_KERNELS[settings.kernel_mode]})"


_ENGINES = {"litert": "LiteRT", "benchmark_model": "benchmark_model"}


def core_text(settings: RunSettings) -> str:
    """Where it ran."""
    return "any core" if settings.cpu is None else f"core {settings.cpu}"


def conditions_text(group: Group) -> str:
    """Engine, threads, precision and core of a group."""
    return ", ".join(
        (
            engine_text(group.engine, group.settings),
            counted(group.settings.threads, "thread"),
            group.precision,
            core_text(group.settings),
            "batch 1",
        )
    )


def input_text(settings: RunSettings) -> str:
    """What the networks were fed."""
    inputs = settings.inputs
    told = {
        "uniform": f"uniform random numbers from {inputs.low:g} to {inputs.high:g} (seed {inputs.seed})",
        "normal": f"normal random numbers (seed {inputs.seed})",
        "zeros": "zeros",
        "file": f"{counted(len(inputs.files), 'file')}",
    }
    return told.get(inputs.distribution, inputs.distribution)
