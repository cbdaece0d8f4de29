"""Whether a campaign has measured enough."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from ghostbench.core.errors import UsageError
from ghostbench.core.plan import Plan, StoppingRule
from ghostbench.core.record import RunRecord
from ghostbench.judging.facts import typical_ns
from ghostbench.stats.compare import paired_ratio
from ghostbench.stats.correlation import neighbour_correlation
from ghostbench.stats.intervals import interval_in_order, widening_for_looks
from ghostbench.stats.summary import Numbers, typical_time

# A campaign without end would fill disks: more rounds narrow an interval by less than 5 % for each ten.
MAX_ROUNDS = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """How near a campaign is to its goal, after some rounds."""

    rounds: int
    half_widths_percent: Mapping[str, float | None]  # by job, or by "a / b"; None: no interval yet
    goal_percent: float | None

    @property
    def reached(self) -> bool:
        """Whether every interval is as narrow as asked for."""
        goal = self.goal_percent
        return goal is not None and all(
            width is not None and width <= goal for width in self.half_widths_percent.values()
        )

    @property
    def open(self) -> tuple[str, ...]:
        """What is not narrow enough yet."""
        goal = self.goal_percent
        if goal is None:
            return ()
        widths = self.half_widths_percent.items()
        return tuple(name for name, width in widths if width is None or width > goal)


def standing(plan: Plan, rule: StoppingRule, counted: Sequence[RunRecord]) -> Standing:
    """Where the campaign stands, by the blocks that count. A job that has none at all is not waited for."""
    medians = _medians_by_round(counted)
    rounds = len({record.block.round for record in counted})
    looks = rule.looks(rounds)
    if rule.ratio_of is None:
        series = {
            job.job_id: np.array(list(medians[job.job_id].values()))
            for job in plan.jobs
            if job.job_id in medians
        }
        correlation = neighbour_correlation(list(series.values()))
        widths = {
            job_id: half_width_percent(one, correlation, looks=looks)
            for job_id, one in series.items()
        }
    else:
        a, b = rule.ratio_of
        widths = {f"{a} / {b}": _ratio_half_width(medians.get(a, {}), medians.get(b, {}), looks)}
    return Standing(rounds=rounds, half_widths_percent=widths, goal_percent=rule.half_width_percent)


def half_width_percent(
    medians: Numbers, correlation: float = 0.0, *, looks: int = 1
) -> float | None:
    """Half of the 95 % interval, in percent of the typical time; medians in the order they were measured.

    `looks` is how often that was asked so far.

    >>> round(half_width_percent(np.array([1.00, 1.01, 1.02, 1.01, 1.03])), 2)
    1.4
    """
    interval = interval_in_order(medians, correlation, looks=looks)
    if interval is None:
        return None
    return 100 * (interval[1] - interval[0]) / 2 / typical_time(medians)


def check_rule(plan: Plan, rule: StoppingRule) -> None:
    """Raise UsageError when the rule speaks of jobs that the plan does not have."""
    known = [job.job_id for job in plan.jobs]
    for job_id in rule.ratio_of or ():
        if job_id not in known:
            raise UsageError(
                f"there is no job {job_id!r} in this plan; its jobs are {', '.join(known)}"
            )


def _ratio_half_width(a: Mapping[int, float], b: Mapping[int, float], looks: int) -> float | None:
    both = sorted(a.keys() & b.keys())
    if not both:
        return None
    ratio = paired_ratio(np.array([a[r] for r in both]), np.array([b[r] for r in both]))
    if ratio.interval is None:
        return None
    width = 100 * (ratio.interval[1] - ratio.interval[0]) / ratio.value
    return widening_for_looks(looks) * width / 2


def _medians_by_round(counted: Iterable[RunRecord]) -> dict[str, dict[int, float]]:
    medians: dict[str, dict[int, float]] = {}
    for record in counted:
        if record.measurement is not None:
            of_job = medians.setdefault(record.job.job_id, {})
            of_job[record.block.round] = typical_ns(record.measurement)
    return medians
