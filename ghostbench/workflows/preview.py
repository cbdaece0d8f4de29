"""What a campaign would do, without touching anything."""

import random
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from ghostbench.core.errors import UnknownName, UsageError
from ghostbench.core.plan import MIN_ROUNDS, RunSettings, StoppingRule
from ghostbench.workflows.measure import HowToMeasure
from ghostbench.workflows.plan_file import PlannedRun


@dataclass(frozen=True, slots=True, kw_only=True)
class Preview:
    """The blocks, and how long they may take."""

    device: str
    engine: str
    jobs: tuple[str, ...]
    order: tuple[tuple[str, ...], ...]  # job names by round; as it will be only with a seed
    seed: int | None  # None: one is drawn when it is run
    rounds_at_least: int
    rounds_at_most: int
    seconds_per_round: float
    seconds_at_most: float  # of measuring; building, cooling and reporting come on top
    stopping: StoppingRule | None
    settings: RunSettings
    joins: str = ""  # the campaign whose further session it would be
    # It joins only if the device is still as it was then, which nobody has looked at.
    joins_if_alike: bool = False
    resumes: str = ""  # the campaign that it would go on with


def preview(planned: PlannedRun, *, shown_rounds: int = 6) -> Preview:
    """No model is built, no device is reached. Raises UsageError and ModelFileError for what cannot be measured."""
    from ghostbench.workflows.same_plan import foreseen

    jobs = _foreseen_jobs(planned)
    _check(planned, [*jobs])
    goes_on = foreseen(jobs, planned.how)
    return replace(
        _preview([*jobs], planned.how, shown_rounds),
        joins=goes_on.joins,
        joins_if_alike=bool(goes_on.joins),
        resumes=goes_on.resumes,
    )


def preview_session(name: str, *, workspace: Path | None = None, shown_rounds: int = 6) -> Preview:
    """What another session of that campaign would do. Raises as `run_session` does."""
    from ghostbench.store.campaign import load_plan
    from ghostbench.workflows.sessions import how_of, sessions_of

    plan = load_plan(sessions_of(name, workspace=workspace)[0])
    return _preview([job.job_id for job in plan.jobs], how_of(plan), shown_rounds, plan.campaign)


def _preview(jobs: Sequence[str], how: HowToMeasure, shown_rounds: int, joins: str = "") -> Preview:
    from ghostbench.bench.planning import block_seconds, shuffled_order
    from ghostbench.workflows.same_plan import planned_rounds

    rule, most, seed = how.stopping, planned_rounds(how), how.order_seed
    order = shuffled_order(
        jobs, min(most, shown_rounds), random.Random(0 if seed is None else seed)
    )
    per_round = len(jobs) * block_seconds(how.settings)
    longest, least = most * per_round, most
    if rule is not None:
        # The goal is looked at from some round on; time may end it earlier, but not before there is an interval.
        least = min(most, MIN_ROUNDS if rule.budget_s is not None else rule.min_rounds)
        longest = max(min(longest, rule.budget_s or longest), least * per_round)
    return Preview(
        device=how.device,
        engine=how.engine,
        jobs=tuple(jobs),
        order=order,
        seed=seed,
        rounds_at_least=least,
        rounds_at_most=most,
        seconds_per_round=per_round,
        seconds_at_most=longest,
        stopping=rule,
        settings=how.settings,
        joins=joins,
    )


def _check(planned: PlannedRun, jobs: Sequence[str]) -> None:
    """Everything that would be refused once it is run, as far as can be told from here."""
    from ghostbench.wiring import check_names

    if not jobs:
        raise UsageError("there is nothing to measure: name at least one model")
    check_names(planned.how.device, planned.how.engine)
    rule = planned.how.stopping
    for job in (rule.ratio_of if rule else None) or ():
        if job not in jobs:
            raise UnknownName("job in this plan", job, jobs)


def _foreseen_jobs(planned: PlannedRun) -> dict[str, str | None]:
    """The names of the jobs as they will be, unless two turn out the same, each with the hash of its file if there.

    Raises UnknownName and ModelFileError.
    """
    jobs: dict[str, str | None] = {}
    for precision in planned.precisions:
        for target in planned.targets:
            name, sha256 = _foreseen_job(target, precision, planned.how.workspace)
            jobs[name] = sha256
    return jobs


def _foreseen_job(target: str, precision: str, workspace: Path | None) -> tuple[str, str | None]:
    from ghostbench.workflows.run import given_file, is_file_name
    from ghostbench.zoo.cache import find_built, find_own, own_names
    from ghostbench.zoo.specs import load_specs, resolve

    if is_file_name(target):
        file = given_file(Path(target))
        return f"{file.name}-{file.precision.replace(' ', '-')}", file.sha256
    if target in own_names(workspace):
        built = find_own(target, precision, workspace=workspace)
        name = target
    else:
        name = resolve(target, load_specs(workspace)).name
        built = find_built(name, precision, workspace=workspace)
    return f"{name}-{precision}", built.sha256 if built else None
