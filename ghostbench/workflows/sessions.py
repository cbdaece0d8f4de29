"""Further sessions of a campaign: its plan on another day or after a restart, as a campaign that names the first."""

from dataclasses import replace
from pathlib import Path

from ghostbench.core.errors import UsageError
from ghostbench.core.folders import results_folder
from ghostbench.core.plan import Plan
from ghostbench.core.progress import Progress, Silence
from ghostbench.workflows.measure import HowToMeasure, MeasureOutcome, measure, open_bench
from ghostbench.workflows.phone_hold import PhoneWishes


def run_session(
    name: str,
    *,
    workspace: Path | None = None,
    runner: str | None = None,
    phone: PhoneWishes | None = None,
    seed: int | None = None,
    resume: bool = False,
    progress: Progress | None = None,
) -> MeasureOutcome:
    """Measure the plan of a campaign once more, with its very model files, in a new order.

    `name` is the campaign's, or its folder. Raises StoreError when it cannot be read and UsageError when the device
    or engine is not what it was measured with.
    """
    from ghostbench.store.campaign import load_campaign

    shown = progress or Silence()
    folder = Path(name) if Path(name).is_dir() else results_folder(workspace) / name
    campaign = load_campaign(folder)
    plan = campaign.plan
    first = plan.joins or plan.campaign  # sessions of a session are sessions of the first
    how = replace(
        how_of(plan),
        joins=first,
        workspace=workspace,
        runner=runner,
        phone=phone or PhoneWishes(),
        order_seed=seed,
        resume=resume,
    )
    bench = open_bench(how, shown)
    if bench.settings != plan.jobs[0].settings:
        raise UsageError(f"{plan.campaign} was measured on a core that is not there any more")
    return measure(campaign.artifacts, bench, shown)


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
    """The folders of a campaign and of its further sessions, the first one first."""
    from ghostbench.store.campaign import campaign_folders, load_campaign

    folders = list(campaign_folders(results_folder(workspace)))
    plans = {folder: load_campaign(folder).plan for folder in folders}
    own = [plan for folder, plan in plans.items() if folder.name == name]
    first = (own[0].joins or name) if own else name
    return tuple(f for f, plan in plans.items() if first in (plan.campaign, plan.joins))
