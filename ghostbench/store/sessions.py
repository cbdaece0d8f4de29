"""A campaign and its further sessions, the same plan on other days, read as one."""

from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import replace
from pathlib import Path

from ghostbench.core.comparison import Side
from ghostbench.core.conditions import Difference, conditions, differences
from ghostbench.core.errors import StoreError
from ghostbench.core.record import RunRecord
from ghostbench.core.result import JobFailure, JobResult
from ghostbench.core.verdict import Reason, Severity
from ghostbench.store.campaign import Campaign, campaign_folders, load_campaign, load_plan
from ghostbench.store.joined_result import Part, join_results
from ghostbench.store.records import iterate_records
from ghostbench.store.results import job_failures, job_results
from ghostbench.store.sides import side_of

Tell = Callable[[str], None]


def session_folders(folder: Path, tell: Tell = lambda line: None) -> tuple[Path, ...]:
    """The folder of a campaign and those of its further sessions beside it, in the order they were begun.

    A further session stands for itself alone. Raises StoreError when the campaign itself cannot be read; what else
    cannot be read may be a session of it or not, and is told.
    """
    plan = load_plan(folder)
    if plan.joins:
        return (folder,)
    further: list[tuple[str, Path]] = []
    for other in campaign_folders(folder.parent):
        try:
            theirs = load_plan(other)
        except StoreError as broken:
            tell(f"passed over: {broken}")
            continue
        if theirs.joins == plan.campaign:
            further.append((theirs.created_at, other))
    return (folder, *(other for _, other in sorted(further, key=lambda pair: pair[0])))


def load_sessions(folder: Path, tell: Tell = lambda line: None) -> tuple[Campaign, ...]:
    """A campaign and its further sessions, the first one first. Raises StoreError when one cannot be read."""
    return tuple(load_whole(each, tell) for each in session_folders(folder, tell))


def load_whole(folder: Path, tell: Tell) -> Campaign:
    """A campaign by itself; that its last record is torn is told."""
    campaign = load_campaign(folder)
    if campaign.torn:
        tell(
            f"{folder.name}: its last record is torn, by a crash or because it is being written now; "
            f"the {len(campaign.records)} before it are read"
        )
    return campaign


def first_record(folder: Path) -> RunRecord | None:
    """The first measured block of a campaign; None when nothing was measured."""
    return next((r for r in iterate_records(folder) if r.measurement is not None), None)


def joined_results(sessions: Sequence[Campaign]) -> list[JobResult]:
    """One result for each job over all sessions, in the order of the plan; of one session just its results."""
    if len(sessions) == 1:
        return job_results(sessions[0])
    parts: dict[str, list[Part]] = {job.job_id: [] for job in sessions[0].plan.jobs}
    first_rounds = _first_rounds(sessions)
    for number, session in enumerate(sessions):
        for result in job_results(session):
            if result.job_id in parts:
                part = Part(
                    number=number,
                    first_round=first_rounds[number],
                    measured_at=session.plan.created_at,
                    result=result,
                )
                parts[result.job_id].append(part)
    doubts = _unlike(sessions)
    return [join_results(sessions[0].plan.campaign, p, doubts) for p in parts.values() if p]


def joined_failures(sessions: Sequence[Campaign]) -> list[JobFailure]:
    """The jobs that no session could measure."""
    if len(sessions) == 1:
        return job_failures(sessions[0])
    measured = {result.job_id for session in sessions for result in job_results(session)}
    found = {f.job_id: f for session in sessions for f in job_failures(session)}
    return [failure for job_id, failure in found.items() if job_id not in measured]


def joined_campaign(sessions: Sequence[Campaign]) -> Campaign:
    """All sessions as one campaign whose rounds are counted on: for telling how everything was measured."""
    first = sessions[0]
    if len(sessions) == 1:
        return first
    records = [
        replace(record, block=replace(record.block, round=record.block.round + first_round))
        for session, first_round in zip(sessions, _first_rounds(sessions), strict=True)
        for record in session.records
    ]
    return Campaign(
        folder=first.folder,
        plan=replace(first.plan, rounds=sum(session.plan.rounds for session in sessions)),
        artifacts=first.artifacts,
        records=tuple(records),
        torn=any(session.torn for session in sessions),
    )


def joined_sides(sessions: Sequence[Campaign]) -> list[Side]:
    """Every measured job as a side of a comparison, with the blocks of all sessions."""
    records = [record for session in sessions for record in session.records]
    sides = []
    for result in joined_results(sessions):
        side = side_of(result, [r for r in records if r.job.job_id == result.job_id])
        several = len(result.sessions) > 1
        numbers = tuple(block.session for block in result.blocks) if several else ()
        sides.append(replace(side, sessions=numbers))
    return sides


def _first_rounds(sessions: Sequence[Campaign]) -> list[int]:
    """What to add to the rounds of each session, so that no two have the same."""
    ends = [max((r.block.round + 1 for r in session.records), default=0) for session in sessions]
    return [sum(ends[:number]) for number in range(len(ends))]


def unlike_sessions(
    sessions: Sequence[Campaign], allow: Collection[str] = ()
) -> Iterator[tuple[Campaign, list[Difference]]]:
    """Each session that was measured otherwise than the first, in more than it was allowed to, and in what."""
    first = _conditions_of(sessions[0])
    for session in sessions[1:]:
        may, theirs = {*allow, *session.plan.allowed}, _conditions_of(session)
        found = differences(first, theirs) if first and theirs else ()
        if refused := [difference for difference in found if difference.condition not in may]:
            yield session, refused


def _unlike(sessions: Sequence[Campaign]) -> tuple[Reason, ...]:
    """What speaks against joining sessions whose conditions were allowed to differ."""
    first = _conditions_of(sessions[0])
    found = {
        difference.condition: f"{difference.a or 'unknown'} and {difference.b or 'unknown'}"
        for session in sessions[1:]
        if (theirs := _conditions_of(session)) and first
        for difference in differences(first, theirs)
    }
    if not found:
        return ()
    told = "; ".join(f"{name} differs: {values}" for name, values in found.items())
    text = f"the sessions were not measured alike ({told}), which may be why they differ. Compare them one by one."
    return (Reason(code="sessions-unlike", severity=Severity.SUSPECT, evidence=found, text=text),)


def _conditions_of(session: Campaign) -> dict[str, str]:
    measured = (record for record in session.records if record.measurement is not None)
    return next(map(conditions, measured), {})
