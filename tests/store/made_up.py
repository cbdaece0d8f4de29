"""Campaign folders for the tests of the store, filled by real runs on a simulated device."""

from dataclasses import dataclass, field
from pathlib import Path

from ghostbench.core.plan import Plan, RunSettings
from ghostbench.core.record import RunRecord
from ghostbench.device.simulated import SimulatedDevice
from ghostbench.store.campaign import new_campaign_folder, write_plan
from ghostbench.store.records import open_records
from tests.bench.lab import NOW, QUICK, Lab


@dataclass
class MadeUp:
    """A campaign: its folder, its plan, and records that fit the plan."""

    folder: Path
    plan: Plan
    records: list[RunRecord] = field(default_factory=list)

    def store(self, records: list[RunRecord] | None = None) -> "MadeUp":
        """Append records, all of them unless told which."""
        with open_records(self.folder) as writer:
            for record in self.records if records is None else records:
                writer.append(record)
        return self


def made_up_campaign(
    results: Path,
    *names: str,
    rounds: int = 3,
    device: SimulatedDevice | None = None,
    settings: RunSettings = QUICK,
) -> MadeUp:
    """A folder with a plan, and records that are not stored yet."""
    lab = Lab(results.parent, device=device or SimulatedDevice())
    folder = new_campaign_folder(results, device=lab.device.name, today=NOW.date())
    plan = lab.plan(*names, rounds=rounds, settings=settings, campaign=folder.name)
    write_plan(folder, plan, [lab.artifact(name) for name in names])
    return MadeUp(folder, plan, lab.run(plan))
