"""What a campaign would do, without touching anything."""

import random
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from ghostbench.core.errors import UsageError
from ghostbench.core.plan import RunSettings, StoppingRule
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
    seconds_at_most: float  # of measuring; building and reporting come on top
    stopping: StoppingRule | None
    settings: RunSettings


def preview(planned: PlannedRun, *, shown_rounds: int = 6) -> Preview:
    """Raises UsageError when there is nothing to measure. No model is built, no device is reached."""
    from ghostbench.bench.planning import block_seconds, shuffled_order
    from ghostbench.bench.stopping import MAX_ROUNDS

    how, rule = planned.how, planned.how.stopping
    jobs = _job_names(planned.targets, planned.precisions)
    if not jobs:
        raise UsageError("there is nothing to measure: name at least one model")
    most = how.rounds if rule is None else MAX_ROUNDS
    seed = how.order_seed
    order = shuffled_order(
        jobs, min(most, shown_rounds), random.Random(0 if seed is None else seed)
    )
    per_round = len(jobs) * block_seconds(how.settings)
    longest = most * per_round
    if rule is not None and rule.budget_s is not None:
        longest = max(min(longest, rule.budget_s), per_round)
    return Preview(
        device=how.device,
        engine=how.engine,
        jobs=jobs,
        order=order,
        seed=seed,
        rounds_at_least=most if rule is None else min(rule.min_rounds, most),
        rounds_at_most=most,
        seconds_per_round=per_round,
        seconds_at_most=longest,
        stopping=rule,
        settings=how.settings,
    )


def _job_names(targets: Sequence[str], precisions: Sequence[str]) -> tuple[str, ...]:
    from ghostbench.workflows.run import is_file_name

    return tuple(
        dict.fromkeys(
            f"{Path(target).stem} (file)" if is_file_name(target) else f"{target}-{precision}"
            for target in targets
            for precision in precisions
        )
    )
