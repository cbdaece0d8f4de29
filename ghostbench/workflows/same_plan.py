"""Campaigns of one plan: the unfinished one to go on with, and the first one that a further session joins."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from ghostbench.core.conditions import surroundings
from ghostbench.core.errors import StoreError, UsageError
from ghostbench.core.folders import results_folder
from ghostbench.core.plan import Job, Plan
from ghostbench.core.progress import Progress
from ghostbench.workflows.like_with_like import check_session

if TYPE_CHECKING:
    from ghostbench.workflows.measure import Bench, HowToMeasure


def unfinished(jobs: Sequence[Job], how: "HowToMeasure", progress: Progress) -> Path | None:
    """The newest campaign of the same jobs; one that is complete already is taken as it is."""
    from ghostbench.store.campaign import campaign_folders, load_campaign

    folders = campaign_folders(results_folder(how.workspace))
    for folder in sorted(folders, key=lambda f: f.stat().st_mtime, reverse=True):
        try:
            campaign = load_campaign(folder)
        except StoreError as broken:  # somebody else's trouble: it cannot be the one to go on with
            progress.say(f"passed over: {broken}")
            continue
        if _is_same(campaign.plan, jobs, how):
            done = len(campaign.measured_blocks())
            progress.say(
                f"{folder.name}: {done} of {len(campaign.plan.blocks)} blocks are measured already"
            )
            return folder
    progress.say("there is no campaign of these models to resume; a new one begins")
    return None


def with_first_session(jobs: Sequence[Job], bench: "Bench", progress: Progress) -> "HowToMeasure":
    """How to measure, as a further session of the newest campaign of the same plan file if there is one.

    Without one, or when conditions have changed since, a new campaign begins; the latter is told.
    """
    how = bench.how
    if how.joins or how.anew or not how.written:
        return how
    first = _first_of_same_plan(jobs, how)
    if first is None:
        return how
    try:
        check_conditions(first, bench)
    except (UsageError, StoreError) as cause:
        progress.say(f"{cause}; a new campaign begins")
        return how
    progress.say(f"a further session of {first.name}, which has the same plan; --new begins anew")
    _tell_unfinished(first, progress)
    return replace(how, joins=first.name)


@dataclass(frozen=True, slots=True, kw_only=True)
class Foreseen:
    """Which stored campaigns a run would have to do with, by name; nothing where it would begin one."""

    resumes: str = ""
    joins: str = ""


def foreseen(jobs: Mapping[str, str | None], how: "HowToMeasure") -> Foreseen:
    """The same before anything is built or reached: jobs by name, with the hash of their file where it is there.

    What only the device can tell, the number of the core and the conditions, is not looked at.
    """
    if how.resume and (going_on := _newest(_foreseen_alike(jobs, how), by_time_of_change=True)):
        return Foreseen(resumes=going_on)
    if how.joins or how.anew or not how.written:
        return Foreseen()
    firsts = [
        (plan, folder)
        for plan, folder in _foreseen_alike(jobs, how)
        if plan.written and not plan.joins
    ]
    return Foreseen(joins=_newest(firsts))


def _newest(found: Iterable[tuple[Plan, Path]], *, by_time_of_change: bool = False) -> str:
    if by_time_of_change:
        return max(((f.stat().st_mtime, f.name) for _, f in found), default=(0.0, ""))[1]
    return max(((plan.created_at, f.name) for plan, f in found), default=("", ""))[1]


def _foreseen_alike(
    jobs: Mapping[str, str | None], how: "HowToMeasure"
) -> Iterator[tuple[Plan, Path]]:
    """The stored campaigns whose plan is that of these jobs, as far as is known."""
    from ghostbench.store.campaign import campaign_folders, load_plan

    for folder in campaign_folders(results_folder(how.workspace)):
        try:
            plan = load_plan(folder)
        except StoreError:  # somebody else's trouble
            continue
        planned = (how.purpose, planned_rounds(how), how.stopping)
        # Of a plan file every session is the same plan.
        joins = plan.joins if how.written else how.joins
        if (plan.purpose, plan.rounds, plan.stopping, plan.joins) != (*planned, joins):
            continue
        if [job.job_id for job in plan.jobs] == [*jobs] and all(
            _may_be(job, jobs[job.job_id], how) for job in plan.jobs
        ):
            yield plan, folder


def _may_be(job: Job, sha256: str | None, how: "HowToMeasure") -> bool:
    asked = int(how.core) if how.core and how.core.isdecimal() else None
    cpu = job.settings.cpu if asked is None else asked  # a kind of core is a number only there
    return (
        sha256 in (None, job.model_sha256)
        and (job.device, job.engine) == (how.device, how.engine)
        and job.settings == replace(how.settings, cpu=cpu)
    )


def check_conditions(first: Path, bench: "Bench") -> None:
    """Raise UsageError when a session measured now would not be like the first one, in more than is allowed."""
    from ghostbench.store.sessions import first_record

    record = first_record(first)
    if record is None:
        raise UsageError(f"in {first.name} nothing was measured that a session could join")
    then = surroundings(record.device, record.engine)
    now = surroundings(bench.device.info(), bench.engine.info())
    check_session(first.name, then, now, bench.how.allowed)


def planned_rounds(how: "HowToMeasure") -> int:
    """How many rounds are planned; with a stopping rule, the most that it may take."""
    from ghostbench.bench.stopping import MAX_ROUNDS

    return how.rounds if how.stopping is None else MAX_ROUNDS


def _first_of_same_plan(jobs: Sequence[Job], how: "HowToMeasure") -> Path | None:
    from ghostbench.store.campaign import campaign_folders, load_plan

    found: list[tuple[str, Path]] = []
    for folder in campaign_folders(results_folder(how.workspace)):
        try:
            plan = load_plan(folder)
        except StoreError:  # somebody else's trouble
            continue
        if plan.written and not plan.joins and _is_same(plan, jobs, how):
            found.append((plan.created_at, folder))
    return max(found)[1] if found else None


def _is_same(plan: Plan, jobs: Sequence[Job], how: "HowToMeasure") -> bool:
    # Of a plan file every session is the same plan; else a session says itself which campaign it joins.
    joins = plan.joins if how.written else how.joins
    wanted = (how.purpose, planned_rounds(how), _wherever(jobs), how.stopping, joins)
    return (plan.purpose, plan.rounds, _wherever(plan.jobs), plan.stopping, plan.joins) == wanted


def _wherever(jobs: Sequence[Job]) -> list[Job]:
    """The jobs without the places of their files, and of images: what counts is the content."""
    return [replace(job, model_path="", quantization=None) for job in jobs]


def _tell_unfinished(first: Path, progress: Progress) -> None:
    from ghostbench.bench.ledger import Ledger
    from ghostbench.store.campaign import load_campaign
    from ghostbench.store.sessions import session_folders

    newest = load_campaign(session_folders(first)[-1])
    if not Ledger(newest.plan, newest.records).is_finished():
        progress.say(f"{newest.folder.name} was not finished; --resume goes on with it instead")
