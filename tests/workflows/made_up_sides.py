"""Made-up campaigns in the results of a workspace, for tests of what compares them."""

from dataclasses import replace
from pathlib import Path

from ghostbench.core.comparison import Side
from ghostbench.core.record import RunRecord
from ghostbench.device.simulated import SimulatedDevice
from ghostbench.device.simulated_runner import Truth
from ghostbench.store.campaign import load_campaign
from ghostbench.store.sides import campaign_sides
from tests.store.made_up import MadeUp, made_up_campaign


def stored(
    workspace: Path, rounds: int = 8, seed: int = 0, spread: float = 0.005, **times_ms: float
) -> MadeUp:
    """A campaign whose true times are given by name; the device is called the same whatever the seed."""
    truth = Truth(
        latency_ms={f"{name}.tflite": ms for name, ms in times_ms.items()}, between_blocks=spread
    )
    device = SimulatedDevice(seed, truth=truth)
    made = made_up_campaign(workspace / "results", *times_ms, rounds=rounds, device=device)
    made.records[:] = [one_device(record) for record in made.records]
    return made.store()


def one_device(record: RunRecord) -> RunRecord:
    """The same record from a device that bears no seed in its name."""
    device = replace(record.device, name="simulated", title="made up")
    return replace(record, device=device)


def sides(made: MadeUp) -> dict[str, Side]:
    """The jobs of a campaign by the name of their model."""
    return {side.model: side for side in campaign_sides(load_campaign(made.folder))}
