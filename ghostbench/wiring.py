"""The one place where names become concrete classes."""

from ghostbench.core.device import Device
from ghostbench.core.engine import Engine
from ghostbench.core.errors import UnknownName, UsageError

DEVICES = ("host", "simulated", "simulated:SEED")
ENGINES = ("litert",)


def open_device(name: str) -> Device:
    """The device of that name or serial. Raises UnknownName."""
    if name == "host":
        from ghostbench.device.host import HostDevice

        return HostDevice()
    kind, _, seed = name.partition(":")
    if kind == "simulated":
        from ghostbench.device.simulated import SimulatedDevice

        if seed and not seed.isdecimal():
            raise UsageError(f"the seed of a simulated device is a whole number, not {seed!r}")
        return SimulatedDevice(seed=int(seed or 0))
    raise UnknownName("device", name, DEVICES)


def open_engine(name: str) -> Engine:
    """The engine of that name. Raises UnknownName."""
    if name == "litert":
        from ghostbench.engine.litert import LiteRtEngine

        return LiteRtEngine()
    raise UnknownName("engine", name, ENGINES)
