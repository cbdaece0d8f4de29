"""What a user names on a command line, to stored jobs that can be compared."""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from ghostbench.core.comparison import Side
from ghostbench.core.errors import StoreError, UnknownName, UsageError
from ghostbench.core.folders import results_folder
from ghostbench.core.progress import Progress

if TYPE_CHECKING:
    from ghostbench.store.campaign import Campaign

_PLAN = "plan.json"
_BLOCK = "/round-"  # how the id of a single block goes on after that of its job


def stored_sides(
    target: str, *, workspace: Path | None = None, progress: Progress
) -> list[Side] | None:
    """The jobs of a campaign, or the one of `CAMPAIGN/JOB`; None when the target names nothing stored.

    Raises StoreError for a campaign that cannot be read or holds no measurement, UnknownName for a job that it has not.
    """
    from ghostbench.store.results import job_failures
    from ghostbench.store.sides import campaign_sides

    folder, job_id = _find(target, workspace)
    if folder is None:
        return None
    campaign = _load(folder, progress)
    sides = campaign_sides(campaign)
    if not sides:
        reasons = [reason for failure in job_failures(campaign) for reason in failure.reasons]
        why = f": {reasons[0]}" if reasons else ""
        raise StoreError(f"{folder.name} holds no measurement that can be used{why}")
    if job_id is None:
        return sides
    return [one_job(sides, job_id)]


def one_job(sides: Sequence[Side], job_id: str) -> Side:
    """The job of that id. Raises UnknownName."""
    for side in sides:
        if side.job_id == job_id:
            return side
    raise UnknownName(
        f"measured job in {sides[0].campaign}", job_id, [side.job_id for side in sides]
    )


def refuse_unknown(target: str) -> None:
    """Raise UsageError for what has the form of a record or folder and is none, nor a model file."""
    if "/" in target and not target.endswith(".tflite") and not Path(target).is_file():
        raise UsageError(
            f"there is no campaign, record or model file {target!r}; `ls results` shows the campaigns, and a record is "
            "named CAMPAIGN/JOB"
        )


def _find(target: str, workspace: Path | None) -> tuple[Path | None, str | None]:
    """The campaign's folder and the job that a target names."""
    target = target.rstrip("/")
    if folder := _campaign_folder(target, workspace):
        return folder, None
    head, _, job_id = target.partition(_BLOCK)[0].rpartition("/")
    if head and (folder := _campaign_folder(head, workspace)):
        if _BLOCK in target:
            raise UsageError(
                f"{target} is a single block, which says nothing certain; name its job: {head}/{job_id}"
            )
        return folder, job_id
    return None, None


def _campaign_folder(target: str, workspace: Path | None) -> Path | None:
    for folder in (Path(target), results_folder(workspace) / target):
        if (folder / _PLAN).is_file():
            return folder
    return None


def _load(folder: Path, progress: Progress) -> "Campaign":
    from ghostbench.store.campaign import load_campaign

    campaign = load_campaign(folder)
    if campaign.torn:
        progress.say(
            f"{folder.name}: its last record is torn, by a crash or because it is being written now; "
            f"the {len(campaign.records)} before it are read"
        )
    return campaign
