"""How far sessions of a device differ: by those that are kept, or else as is assumed of its kind."""

from collections import defaultdict
from pathlib import Path
from typing import TYPE_CHECKING

from ghostbench.core.comparison import Side
from ghostbench.core.errors import StoreError
from ghostbench.core.folders import results_folder

if TYPE_CHECKING:
    from ghostbench.stats.session_spread import SessionSpread

# Reading a campaign takes a good part of a second; more of them would say little more.
_NEWEST = 12


class SessionSpreads:
    """How far sessions of devices differ; what is kept of a device is read once, however many pairs ask."""

    def __init__(self, workspace: Path | None = None) -> None:
        self._workspace = workspace
        self._kept: dict[str, SessionSpread | None] = {}

    def between(self, a: Side, b: Side) -> "SessionSpread":
        """For two sides that were measured apart from each other."""
        from ghostbench.stats.session_spread import ASSUMED_OWN, ASSUMED_VIRTUAL, SessionSpread

        device = a.conditions.get("device", "")
        if device not in self._kept:
            self._kept[device] = _kept(device, self._workspace)
        assumed = ASSUMED_VIRTUAL if a.virtual or b.virtual else ASSUMED_OWN
        return self._kept[device] or SessionSpread(deviation=assumed, degrees=None)


def spread_told(spread: "SessionSpread") -> str:
    """In words, for the doubt that goes with the answer."""
    if spread.degrees is None:
        return (
            f"sessions are taken to differ by {spread.percent:.2g} %, as assumed of such a device"
        )
    return f"sessions kept here differ by {spread.percent:.2g} % ({spread.sessions} of them)"


def _kept(device: str, workspace: Path | None) -> "SessionSpread | None":
    import numpy as np

    from ghostbench.stats.session_spread import session_spread
    from ghostbench.stats.summary import typical_time
    from ghostbench.store.campaign import campaign_folders, load_campaign, load_plan
    from ghostbench.store.sides import campaign_sides

    groups: dict[tuple[object, ...], list[float]] = defaultdict(list)
    read = 0
    for folder in sorted(campaign_folders(results_folder(workspace)), reverse=True):
        if read == _NEWEST:
            break
        try:
            if all(job.device != device for job in load_plan(folder).jobs):
                continue
            sides = campaign_sides(load_campaign(folder))
        except StoreError:  # told by whoever reads it for its own sake
            continue
        read += 1
        for one in sides:
            if one.conditions.get("device") == device:
                like = (one.model_sha256, *sorted(one.conditions.items()))
                groups[like].append(typical_time(np.array(one.medians_ns)))
    return session_spread([np.array(medians) for medians in groups.values()])
