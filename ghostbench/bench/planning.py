"""Which blocks to run, in which order."""

import random
from collections import Counter
from collections.abc import Sequence
from datetime import UTC, datetime

from ghostbench.core.errors import UsageError
from ghostbench.core.plan import Block, Job, Plan, RunSettings, StoppingRule
from ghostbench.core.version import VERSION

# Process start, library and model loading, and hashing them; seen on the host with networks of the zoo.
START_S = 0.5


def make_plan(
    jobs: Sequence[Job],
    *,
    campaign: str,
    rounds: int,
    seed: int,
    purpose: str,
    now: datetime,
    stopping: StoppingRule | None = None,
    joins: str = "",
    allowed: tuple[str, ...] = (),
    written: str = "",
) -> Plan:
    """Every job once a round, each time in a fresh process, in an order that depends on the seed alone.

    With a stopping rule, `rounds` are the most that it may take: later rounds do not change the earlier ones.
    """
    _check(jobs, rounds)
    return Plan(
        campaign=campaign,
        created_at=now.astimezone(UTC).isoformat(timespec="seconds"),
        seed=seed,
        rounds=rounds,
        jobs=tuple(jobs),
        blocks=_shuffled_blocks([job.job_id for job in jobs], rounds, random.Random(seed)),
        purpose=purpose,
        ghostbench=VERSION,
        stopping=stopping,
        joins=joins,
        allowed=allowed,
        written=written,
    )


def shuffled_order(
    job_ids: Sequence[str], rounds: int, rng: random.Random
) -> tuple[tuple[str, ...], ...]:
    """The jobs of each round in their order: what a plan of the same jobs and chance would be."""
    blocks = _shuffled_blocks(job_ids, rounds, rng)
    return tuple(tuple(b.job_id for b in blocks if b.round == number) for number in range(rounds))


def expected_seconds(plan: Plan) -> float:
    """A first guess at how long all blocks take."""
    of_job = {job.job_id: block_seconds(job.settings) for job in plan.jobs}
    return sum(of_job[block.job_id] for block in plan.blocks)


def _check(jobs: Sequence[Job], rounds: int) -> None:
    if not jobs:
        raise UsageError("there is nothing to measure: name at least one model")
    if rounds < 1:
        raise UsageError(f"rounds must be above zero, not {rounds}")
    if twice := [job_id for job_id, n in Counter(job.job_id for job in jobs).items() if n > 1]:
        raise UsageError(f"job ids must differ, but these come up again: {', '.join(twice)}")


def _shuffled_blocks(job_ids: Sequence[str], rounds: int, rng: random.Random) -> tuple[Block, ...]:
    blocks: list[Block] = []
    for number in range(rounds):
        order = _shuffled(job_ids, blocks[-1].job_id if blocks else None, rng)
        blocks += [Block(round=number, position=i, job_id=j) for i, j in enumerate(order)]
    return tuple(blocks)


def _shuffled(job_ids: Sequence[str], last: str | None, rng: random.Random) -> list[str]:
    """A random order that does not start with the job that ran last, warm as its traces still are.

    With two jobs that rule would freeze the order to A B A B, and B would always come later: chance goes first then.
    """
    order = list(job_ids)
    rng.shuffle(order)
    while len(order) > 2 and order[0] == last:
        rng.shuffle(order)
    return order


def block_seconds(settings: RunSettings) -> float:
    """A first guess at the length of one block."""
    return START_S + (settings.warmup_min_ms + settings.min_ms + 2 * settings.probe_ms) / 1000
