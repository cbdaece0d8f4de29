"""Further sessions of a campaign: its plan on another day or after a restart, as a campaign that names the first."""

from collections.abc import Collection
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from ghostbench.core.errors import StoreError, UsageError
from ghostbench.core.folders import results_folder
from ghostbench.core.plan import Plan
from ghostbench.core.progress import Progress, Silence
from ghostbench.workflows.like_with_like import check_allowed, refuse_unlike_sessions
from ghostbench.workflows.measure import HowToMeasure, MeasureOutcome, measure, open_bench
from ghostbench.workflows.phone_hold import PhoneWishes
from ghostbench.workflows.same_plan import check_conditions
from ghostbench.workflows.stored_sides import find_campaign

if TYPE_CHECKING:
    from ghostbench.store.campaign import Campaign


def run_session(
    name: str,
    *,
    workspace: Path | None = None,
    runner: str | None = None,
    phone: PhoneWishes | None = None,
    seed: int | None = None,
    resume: bool = False,
    allow: Collection[str] = (),
    progress: Progress | None = None,
) -> MeasureOutcome:
    """Measure the plan of a campaign once more, with its very model files, in a new order; the results are of all.

    `name` is the campaign's, or its folder. Raises StoreError when it cannot be read and UsageError when the device
    or engine is not what it was measured with; conditions in `allow` may have changed.
    """
    from ghostbench.store.campaign import load_campaign

    check_allowed(allow)
    shown = progress or Silence()
    first = load_campaign(_first_session(name, workspace))
    how = how_of(first.plan)
    if how.core is None and any(record.device.kind == "android" for record in first.records):
        how = replace(how, core="any")  # a phone is pinned unless told otherwise
    how = replace(
        how,
        joins=first.plan.campaign,
        allowed=tuple(allow),
        workspace=workspace,
        runner=runner,
        phone=phone or PhoneWishes(),
        order_seed=seed,
        resume=resume,
    )
    bench = open_bench(how, shown)
    if bench.settings != first.plan.jobs[0].settings:
        raise UsageError(f"{first.plan.campaign} was measured on a core that is not there any more")
    check_conditions(first.folder, bench)
    return measure(first.artifacts, bench, shown)


def how_of(plan: Plan) -> HowToMeasure:
    """How a plan was asked for. Raises UsageError for one of several devices or engines."""
    ways = {(job.device, job.engine) for job in plan.jobs}
    if len(ways) != 1:
        raise UsageError(f"{plan.campaign} was measured on several devices; join them one by one")
    job = plan.jobs[0]
    return HowToMeasure(
        device=job.device,
        engine=job.engine,
        core=None if job.settings.cpu is None else str(job.settings.cpu),
        settings=job.settings,
        rounds=plan.rounds,
        stopping=plan.stopping,
        purpose=plan.purpose,
    )


def sessions_of(name: str, *, workspace: Path | None = None) -> tuple[Path, ...]:
    """The folders of a campaign and of its further sessions, the first one first; `name` may be any of them."""
    from ghostbench.store.sessions import session_folders

    return session_folders(_first_session(name, workspace))


def load_alike(
    folder: Path,
    *,
    each_alone: bool = False,
    allow: Collection[str] = (),
    progress: Progress | None = None,
) -> "tuple[Campaign, ...]":
    """A campaign with its further sessions, or alone. Raises UsageError when they were not measured alike."""
    from ghostbench.store.sessions import load_sessions, load_whole

    check_allowed(allow)
    shown = progress or Silence()
    if each_alone:
        return (load_whole(folder, shown.say),)
    sessions = load_sessions(folder, shown.say)
    refuse_unlike_sessions(sessions, allow)
    return sessions


def _first_session(name: str, workspace: Path | None) -> Path:
    """The folder of the first session of a campaign."""
    from ghostbench.store.campaign import load_plan

    folder = find_campaign(name, workspace)
    if folder is None:
        raise StoreError(f"there is no campaign {name!r}; `ls results` shows the campaigns")
    if folder.resolve().parent != results_folder(workspace).resolve():
        raise UsageError(
            f"{folder} is not in {results_folder(workspace)}, where its further sessions are looked for and kept; "
            "run this where it was measured"
        )
    first = load_plan(folder).joins
    return folder.parent / first if first else folder
