"""How far sessions of a device differ: by those that are kept, or else as is assumed of its kind."""

from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from ghostbench.core.comparison import Side
from ghostbench.core.errors import StoreError
from ghostbench.core.folders import results_folder
from ghostbench.core.result import JobResult, OverSessions

if TYPE_CHECKING:
    from ghostbench.stats.session_spread import SessionSpread
    from ghostbench.store.campaign import Campaign

# More campaigns would say little more.
_NEWEST = 12


class SessionSpreads:
    """How far sessions of devices differ; what is kept of a device is read once, however many pairs ask."""

    def __init__(self, workspace: Path | None = None) -> None:
        self._workspace = workspace
        self._kept: dict[str, SessionSpread | None] = {}

    def between(self, a: Side, b: Side) -> "SessionSpread":
        """For two sides that were measured apart from each other."""
        return self.of(a.conditions.get("device", ""), virtual=a.virtual or b.virtual)

    def of(self, device: str, *, virtual: bool) -> "SessionSpread":
        """Of one device."""
        from ghostbench.stats.session_spread import ASSUMED_OWN, ASSUMED_VIRTUAL, SessionSpread

        if device not in self._kept:
            self._kept[device] = _kept(device, self._workspace)
        assumed = ASSUMED_VIRTUAL if virtual else ASSUMED_OWN
        return self._kept[device] or SessionSpread(deviation=assumed, degrees=None)


def results_over_sessions(
    sessions: Sequence["Campaign"], spreads: SessionSpreads
) -> list[JobResult]:
    """The results of a campaign and its further sessions, each with the interval that holds over sessions, too."""
    from ghostbench.store.sessions import joined_results

    virtual = {
        record.job.device: record.device.virtual
        for session in sessions
        for record in session.records
    }
    return [
        replace(result, over_sessions=_over_sessions(result, spreads, virtual[result.device]))
        for result in joined_results(sessions)
    ]


def _over_sessions(
    result: JobResult, spreads: SessionSpreads, virtual: bool
) -> OverSessions | None:
    from ghostbench.stats.intervals import MIN_BLOCKS

    count = max(1, len(result.sessions))
    if count >= MIN_BLOCKS and result.ci95_ns is not None:
        told = f"the {count} sessions it is joined of show how far they differ"
        return OverSessions(ci95_ns=result.ci95_ns, told=told)
    if count == 1 and result.ci95_ns is None:
        return None
    spread = spreads.of(result.device, virtual=virtual)
    interval = spread.around(result.median_ns, result.ci95_ns, count)
    return OverSessions(ci95_ns=interval, told=spread_told(spread))


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
    from ghostbench.store.campaign import load_campaign
    from ghostbench.store.sides import campaign_sides

    groups: dict[tuple[object, ...], list[float]] = defaultdict(list)
    for folder in _with_repeats(device, workspace):
        try:
            sides = campaign_sides(load_campaign(folder))
        except StoreError:  # told by whoever reads it for its own sake
            continue
        for one in sides:
            if one.conditions.get("device") == device:
                like = (one.model_sha256, *sorted(one.conditions.items()))
                groups[like].append(typical_time(np.array(one.medians_ns)))
    return session_spread([np.array(medians) for medians in groups.values()])


def _with_repeats(device: str, workspace: Path | None) -> list[Path]:
    """The newest campaigns that measured on this device what others measured, too; none where that says too little.

    Their plans tell it, which are read at once; reading the records of a campaign takes a good part of a second.
    """
    from ghostbench.stats.session_spread import MIN_DEGREES
    from ghostbench.store.campaign import campaign_folders, load_plan

    measured: dict[Path, set[str]] = {}
    for folder in sorted(campaign_folders(results_folder(workspace)), reverse=True):
        if len(measured) == _NEWEST:
            break
        try:
            jobs = load_plan(folder).jobs
        except StoreError:
            continue
        if models := {job.model_sha256 for job in jobs if job.device == device}:
            measured[folder] = models
    counts = Counter(model for models in measured.values() for model in models)
    if max(counts.values(), default=0) <= MIN_DEGREES:
        return []
    return [folder for folder, models in measured.items() if any(counts[m] > 1 for m in models)]
