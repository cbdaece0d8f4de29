"""A measured block as arrays, the way the rules look at it."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from ghostbench.core.device import DeviceState
from ghostbench.core.record import Measurement, RunRecord

Ints = npt.NDArray[np.int64]


@dataclass(frozen=True, slots=True, kw_only=True)
class BlockFacts:
    """One block; the columns hold the timed inferences only, and nothing where the engine tells of none."""

    record: RunRecord
    measurement: Measurement
    after: DeviceState | None
    started_ns: Ints
    duration_ns: Ints
    cpu_time_ns: Ints
    span_ns: Ints  # from the end of the inference before to the end of this one
    cpu_before: Ints
    cpu_after: Ints
    preemptions: Ints
    overlaps: int  # inferences, of any phase, that begin before the one before has ended
    median_ns: float

    @property
    def phone_facts(self) -> tuple[Mapping[str, str], Mapping[str, str]]:
        """What the device said of itself before and after."""
        return self.record.state_before.facts, self.after.facts if self.after else {}


def block_facts(record: RunRecord, measurement: Measurement) -> BlockFacts:
    """Everything that rules ask for more than once."""
    samples = measurement.samples
    timed = np.array(samples.phase) == "timed"
    started, duration = _column(samples.started_ns), _column(samples.duration_ns)
    ended = started + duration
    previous = np.concatenate((started[:1], ended[:-1]))
    return BlockFacts(
        record=record,
        measurement=measurement,
        after=record.state_after,
        started_ns=started[timed],
        duration_ns=duration[timed],
        cpu_time_ns=_column(samples.cpu_time_ns)[timed],
        span_ns=(ended - previous)[timed],
        cpu_before=_column(samples.cpu_before)[timed],
        cpu_after=_column(samples.cpu_after)[timed],
        preemptions=_column(samples.preemptions)[timed],
        overlaps=int(np.count_nonzero(started < previous)),
        median_ns=typical_ns(measurement),
    )


def typical_ns(measurement: Measurement) -> float:
    """The median of the timed inferences; what the engine gives in its place where it tells of none."""
    if measurement.summary is not None:
        return measurement.summary.typical_ns
    return float(np.median(measurement.samples.timed_ns()))


def fastest_probes_ns(measurement: Measurement) -> dict[str, int]:
    """When ("before", "after") to the fastest repetition.

    The fastest, not the typical: other programs delay some repetitions, a lower clock delays all of them.
    """
    return {probe.when: min(probe.durations_ns) for probe in measurement.probes}


def _column(values: tuple[int, ...]) -> Ints:
    return np.array(values, dtype=np.int64)
