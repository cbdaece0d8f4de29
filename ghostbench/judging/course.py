"""Rules: how the time went within blocks, in each by itself and in all blocks of a job together."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np

from ghostbench.core.record import RunRecord
from ghostbench.judging.facts import typical_ns
from ghostbench.judging.grades import Seen
from ghostbench.stats.modes import Modes, two_kinds_of_blocks, two_modes_within_blocks
from ghostbench.stats.stability import (
    Drift,
    Step,
    drift_common_to_blocks,
    drift_over_blocks,
    drift_within_block,
    for_looks,
    step_over_blocks,
    step_within_block,
)
from ghostbench.stats.summary import Numbers, Times


@dataclass(frozen=True, slots=True, kw_only=True)
class Course:
    """Of one block, as if it were the only one looked at."""

    drift: Drift
    step: Step
    modes: Modes

    def among(self, looks: int) -> "Course":
        """The same as one of so many blocks: the more are looked at, the more looks odd by chance."""
        return Course(
            drift=replace(self.drift, p_value=for_looks(self.drift.p_value, looks)),
            step=replace(self.step, p_value=for_looks(self.step.p_value, looks)),
            modes=replace(self.modes, p_value=for_looks(self.modes.p_value, looks)),
        )


def course_of(duration_ns: Times) -> Course:
    """The timed inferences of one block, in order."""
    return Course(
        drift=drift_within_block(duration_ns),
        step=step_within_block(duration_ns),
        modes=two_modes_within_blocks([duration_ns]),
    )


def about_course(course: Course) -> Iterator[Seen]:
    """One block: a step, else a drift, else two modes."""
    drift, step, modes = course.drift, course.step, course.modes
    if _rather_a_step(step, drift):
        yield Seen(
            code="step",
            value=abs(step.percent),
            evidence={"percent": step.percent, "stretch": step.first, "p_value": _p(step)},
            text=f"in the middle of the block the time changed by {step.percent:+.1f} % at once, so it mixes two "
            "levels. Look for what started or ended then; pin to one core.",
        )
    elif drift.matters:
        yield Seen(
            code="drift",
            value=abs(drift.total_percent),
            evidence={"percent": drift.total_percent, "p_value": _p(drift)},
            text=f"the time changed by {drift.total_percent:+.1f} % from the start of the block to its end. Let the "
            "device cool, or warm up longer.",
        )
    elif modes.matters:
        share = 100 * modes.slower_share
        yield Seen(
            code="bimodal",
            value=modes.separation_percent,
            evidence={"separation_percent": modes.separation_percent, "slower_percent": share},
            text=f"{share:.0f} % of the inferences took {modes.separation_percent:.0f} % longer than the others, so "
            "there are two typical times and the median is one of them by luck. Look for what comes and goes.",
        )


def about_job(in_order: Sequence[RunRecord], *, looks: int = 1) -> Iterator[Seen]:
    """All blocks of one job in the order of their rounds; `looks` is how many jobs are looked at alike."""
    measured = [record.measurement for record in in_order if record.measurement]
    medians = np.array([typical_ns(one) for one in measured], dtype=np.float64)
    yield from _over_blocks(medians, looks)
    blocks = [np.array(m.samples.timed_ns(), dtype=np.int64) for m in measured if not m.summary]
    yield from _within_all_blocks(blocks, looks)


def _over_blocks(medians: Numbers, looks: int) -> Iterator[Seen]:
    drift, step = drift_over_blocks(medians, looks=looks), step_over_blocks(medians, looks=looks)
    if _rather_a_step(step, drift):
        yield Seen(
            code="step-of-campaign",
            value=abs(step.percent),
            evidence={"percent": step.percent, "block": step.first + 1, "p_value": _p(step)},
            text=f"from block {step.first + 1} on the time was {step.percent:+.1f} % different, so the campaign mixes "
            "two levels. Look for what changed then.",
        )
    elif drift.matters:
        yield Seen(
            code="drift-of-campaign",
            value=abs(drift.total_percent),
            evidence={"percent": drift.total_percent, "p_value": _p(drift)},
            text=f"the time changed by {drift.total_percent:+.1f} % over the campaign. Comparisons within it stand, "
            "for all models drifted alike; let the device settle before relying on the time itself.",
        )
    elif (kinds := two_kinds_of_blocks(medians)).matters:
        slower = round(kinds.slower_share * len(medians))
        yield Seen(
            code="two-kinds-of-blocks",
            value=kinds.separation_percent,
            evidence={"separation_percent": kinds.separation_percent, "slower_blocks": slower,
                      "looked_at": len(medians), "p_value": _p(kinds)},
            text=f"{slower} of {len(medians)} blocks took {kinds.separation_percent:.1f} % longer than the others, so "
            "processes come in two kinds and the typical time is one of them by luck. Look for what differs between "
            "processes (memory layout, core), and measure more rounds.",
        )  # fmt: skip


def _within_all_blocks(blocks: Sequence[Times], looks: int) -> Iterator[Seen]:
    drift = drift_common_to_blocks(blocks, looks=looks)
    if drift.matters:
        yield Seen(
            code="drift-of-blocks",
            value=abs(drift.total_percent),
            evidence={"percent": drift.total_percent, "looked_at": len(blocks), "p_value": _p(drift)},
            text=f"within every block alike the time changed by {drift.total_percent:+.1f} % from start to end, so the "
            "median depends on how long a block is. Warm up longer, or let the device cool before each block.",
        )  # fmt: skip
    elif len(blocks) > 1 and (modes := two_modes_within_blocks(blocks, looks=looks)).matters:
        share = 100 * modes.slower_share
        yield Seen(
            code="bimodal-blocks",
            value=modes.separation_percent,
            evidence={"separation_percent": modes.separation_percent, "slower_percent": share,
                      "looked_at": len(blocks), "p_value": _p(modes)},
            text=f"over all blocks {share:.0f} % of the inferences took {modes.separation_percent:.1f} % longer than "
            "the others, so there are two typical times and the median is one of them by luck. Look for what comes "
            "and goes.",
        )  # fmt: skip


def _rather_a_step(step: Step, drift: Drift) -> bool:
    """A step looks like a drift and the other way round; what fits better is told."""
    return step.matters and (not drift.matters or _p(step) <= _p(drift))


def _p(finding: Drift | Step | Modes) -> float:
    return 1.0 if finding.p_value is None else finding.p_value
