"""What a user names on a command line, to stored jobs that can be compared."""

from collections.abc import Collection, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from ghostbench.core.comparison import Side
from ghostbench.core.errors import StoreError, UnknownName, UsageError
from ghostbench.core.folders import results_folder
from ghostbench.core.progress import Progress
from ghostbench.workflows.like_with_like import refuse_unlike_sessions

if TYPE_CHECKING:
    from ghostbench.store.campaign import Campaign

_PLAN = "plan.json"
_BLOCK = "/round-"  # how the id of a single block goes on after that of its job


def stored_sides(
    target: str,
    *,
    workspace: Path | None = None,
    progress: Progress,
    beside: Collection[str] = (),
    allow: Collection[str] = (),
) -> list[Side] | None:
    """The jobs of a campaign, or the one of `CAMPAIGN/JOB`; None when the target names nothing stored.

    A campaign stands for all of its sessions, unless one of them is among the other targets, `beside` it: then each
    stands for itself. Raises StoreError for a campaign that cannot be read or holds no measurement, UnknownName for a
    job that it has not, UsageError when its sessions were not measured alike.
    """
    from ghostbench.store.sessions import joined_failures, joined_sides

    folder, job_id = _find(target, workspace)
    if folder is None:
        return None
    sessions = _load(folder, beside, workspace, progress)
    refuse_unlike_sessions(sessions, allow)
    sides = joined_sides(sessions)
    if not sides:
        reasons = [reason for failure in joined_failures(sessions) for reason in failure.reasons]
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


def find_campaign(target: str, workspace: Path | None = None) -> Path | None:
    """The folder of a campaign that is given by its folder or by its name in `results/`."""
    for folder in (Path(target), results_folder(workspace) / target):
        if (folder / _PLAN).is_file():
            return folder
    return None


def _find(target: str, workspace: Path | None) -> tuple[Path | None, str | None]:
    """The campaign's folder and the job that a target names."""
    target = target.rstrip("/")
    if folder := find_campaign(target, workspace):
        return folder, None
    head, _, job_id = target.partition(_BLOCK)[0].rpartition("/")
    if head and (folder := find_campaign(head, workspace)):
        if _BLOCK in target:
            raise UsageError(
                f"{target} is a single block, which says nothing certain; name its job: {head}/{job_id}"
            )
        return folder, job_id
    return None, None


def _load(
    folder: Path, beside: Collection[str], workspace: Path | None, progress: Progress
) -> "tuple[Campaign, ...]":
    from ghostbench.store.sessions import load_whole, session_folders

    folders = session_folders(folder, progress.say)
    others = {found.resolve() for each in beside if (found := _find(each, workspace)[0])}
    if others & {each.resolve() for each in folders[1:]}:
        folders = (folder,)
    return tuple(load_whole(each, progress.say) for each in folders)
