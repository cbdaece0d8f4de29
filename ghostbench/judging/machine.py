"""Rules: the machine around a block, as far as every kind of device tells."""

from collections.abc import Iterator
from datetime import datetime

from ghostbench.core.device import DeviceState
from ghostbench.core.record import Measurement
from ghostbench.judging.facts import BlockFacts, fastest_probes_ns
from ghostbench.judging.grades import Seen


def about_machine(block: BlockFacts) -> Iterator[Seen]:
    """Whether it is real, its probe, what else it did, whether it stayed up."""
    if block.record.device.emulated:
        yield Seen(
            code="emulated",
            evidence={"kind": block.record.device.kind},
            text="the device is emulated, so its times mean nothing. Use them to try things out, and a real device "
            "for figures.",
        )
    yield from _about_probe(block.measurement)
    if block.after is not None:
        yield from _about_time(block.record.state_before, block.after)
        if block.record.seconds > 0 and not block.record.device.emulated:
            yield from _about_others(block, block.after)


def _about_probe(measurement: Measurement) -> Iterator[Seen]:
    probes = fastest_probes_ns(measurement)
    if {"before", "after"} <= probes.keys():
        factor = probes["after"] / probes["before"]
        yield Seen(
            code="slowed",
            value=100 * (factor - 1),
            evidence={"before_ns": probes["before"], "after_ns": probes["after"]},
            text=f"the core was {factor:.2f} times as slow at the end of the block as at its start, so late "
            "inferences are slow. Let the device cool.",
        )


def _about_time(before: DeviceState, after: DeviceState) -> Iterator[Seen]:
    one, two = before.facts.get("boot_id"), after.facts.get("boot_id")
    counters = (before.cpu_busy_s, after.cpu_busy_s)
    restarted = bool(one and two and one != two)
    if counters[0] is not None and counters[1] is not None:
        restarted |= counters[1] < counters[0] - 1
    if restarted:
        yield Seen(
            code="rebooted",
            evidence={"boot_id_before": one or "", "boot_id_after": two or ""},
            text="the device restarted during the block. Measure again when it stays up.",
        )
    back = (_moment(before.taken_at) - _moment(after.taken_at)).total_seconds()
    yield Seen(
        code="time-backwards",
        value=back,
        evidence={"seconds": back},
        text=f"the clock was set back by {back:.0f} s during the block, so the order of blocks by time is wrong. "
        "Let the clock be while measuring.",
    )


def _moment(text: str) -> datetime:
    moment = datetime.fromisoformat(text)
    return moment.replace(tzinfo=None)


def _about_others(block: BlockFacts, after: DeviceState) -> Iterator[Seen]:
    before, seconds = block.record.state_before, block.record.seconds
    cores, threads = len(block.record.device.cores), block.record.job.settings.threads
    spare = max(cores - threads, 0.5)
    if before.cpu_steal_s is not None and after.cpu_steal_s is not None:
        stolen = 100 * (after.cpu_steal_s - before.cpu_steal_s) / seconds
        yield Seen(
            code="stolen",
            value=stolen,
            evidence={"percent": stolen},
            text=f"the hypervisor gave {stolen:.1f} % of the block's time to other machines, so inferences may have "
            "waited. Use a machine of your own, or more rounds.",
        )
    if before.cpu_busy_s is not None and after.cpu_busy_s is not None:
        others = (after.cpu_busy_s - before.cpu_busy_s - _own_cpu_s(block.measurement)) / seconds
        code = "busy"
    elif before.load_1min is not None:  # the minute before, in which the block before ran
        others, code = before.load_1min - threads, "device-busy"
    else:
        return
    yield Seen(
        code=code,
        value=100 * others / spare,
        evidence={"cores": others, "of": cores},
        text=f"other programs kept {others:.1f} of {cores} cores busy, so caches and memory were shared. "
        "Close them, or measure when the machine is idle.",
    )


def _own_cpu_s(measurement: Measurement) -> float:
    probes_ns = sum(sum(probe.durations_ns) for probe in measurement.probes)
    if told := measurement.summary:
        samples_ns = told.count * told.mean_ns + told.warmup_count * told.warmup_mean_ns
    else:
        samples_ns = sum(measurement.samples.cpu_time_ns)
    return (samples_ns + probes_ns + measurement.init.total_ns) / 1e9
