"""What must be alike before two records may be compared: only like is compared with like."""

from collections.abc import Mapping
from dataclasses import dataclass

from ghostbench.core.device import DeviceInfo
from ghostbench.core.record import EngineInfo, RunRecord

# Name to what it means, in the order in which differences are told.
CONDITIONS: Mapping[str, str] = {
    "device": "the device's name or serial",
    "device_title": "what kind of device it is",
    "machine": "its instruction set",
    "os": "its operating system",
    "os_build": "the build of it",
    "kernel": "its kernel",
    "emulated": "whether its times mean anything",
    "engine": "what runs the model",
    "engine_version": "which version of it",
    "runner": "the hash of the program that times",
    "library": "the hash of the library that computes",
    "threads": "threads of the runtime",
    "kernel_mode": "which kernels compute",
    "cpu": "the core that is pinned to",
    "cluster": "the kind of core that is pinned to",
    "inputs": "what the inputs are filled with",
    "delay_ms": "the pause before each inference, in which clocks fall",
}


@dataclass(frozen=True, slots=True)
class Difference:
    """A condition in which two records differ."""

    condition: str
    a: str
    b: str

    def __str__(self) -> str:
        """In words.

        >>> str(Difference("threads", "1", "4"))
        'threads differs: 1 and 4'
        """
        return f"{self.condition} differs: {self.a or 'unknown'} and {self.b or 'unknown'}"


def conditions(record: RunRecord) -> dict[str, str]:
    """What this record was measured under; an empty text stands for what is not known."""
    device, settings = record.device, record.job.settings
    clusters = {core.index: core.cluster for core in device.cores}
    inputs = settings.inputs
    shown_inputs = (
        " ".join(inputs.files)
        if inputs.distribution == "file"
        else f"{inputs.distribution} {inputs.low:g} to {inputs.high:g}, seed {inputs.seed}"
    )
    if record.measurement and record.measurement.summary:
        shown_inputs = "the engine's own"
    return {
        **surroundings(device, record.engine),
        "threads": str(settings.threads),
        "kernel_mode": settings.kernel_mode,
        "cpu": "any" if settings.cpu is None else str(settings.cpu),
        "cluster": "" if settings.cpu is None else clusters.get(settings.cpu, ""),
        "inputs": shown_inputs,
        "delay_ms": f"{settings.delay_ms:g}",
    }


def surroundings(device: DeviceInfo, engine: EngineInfo) -> dict[str, str]:
    """The part of it that is known before anything is measured."""
    return {
        "device": device.name,
        "device_title": device.title,
        "machine": device.machine,
        "os": device.os,
        "os_build": device.build or "",
        "kernel": device.kernel,
        "emulated": "yes" if device.emulated else "no",
        "engine": engine.name,
        "engine_version": engine.version,
        "runner": _file_hash(engine.files, library=False),
        "library": _file_hash(engine.files, library=True),
    }


def differences(a: Mapping[str, str], b: Mapping[str, str]) -> tuple[Difference, ...]:
    """The conditions in which two differ, in the order of CONDITIONS.

    >>> [d.condition for d in differences({"cpu": "1", "os": "x"}, {"cpu": "2", "os": "x"})]
    ['cpu']
    """
    return tuple(
        Difference(name, a.get(name, ""), b.get(name, ""))
        for name in CONDITIONS
        if a.get(name, "") != b.get(name, "")
    )


def _file_hash(files: Mapping[str, str], *, library: bool) -> str:
    return " ".join(sha[:16] for name, sha in sorted(files.items()) if (".so" in name) is library)
