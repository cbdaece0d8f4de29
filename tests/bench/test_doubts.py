# ruff: noqa: E501 - cautions are shown as one line
from dataclasses import replace
from pathlib import Path

import pytest
from inline_snapshot import snapshot

from ghostbench.bench.cautions import as_text
from ghostbench.bench.doubts import Limits, MeasuredBlock, doubts
from ghostbench.core.device import Core, DeviceState
from ghostbench.core.plan import RunSettings
from ghostbench.core.record import Measurement
from ghostbench.core.runner_events import Probe
from ghostbench.device.simulated import SimulatedDevice
from ghostbench.device.simulated_runner import Fault
from tests.bench.lab import QUICK, Lab

CALM = DeviceState(taken_at="t", cpu_busy_s=100.0, cpu_steal_s=5.0)


def block_with(tmp_path: Path, fault: Fault | None, settings: RunSettings = QUICK) -> MeasuredBlock:
    """A block of a device that counts as real, measured with that fault."""
    lab = Lab(tmp_path, device=SimulatedDevice(faults=lambda model, run: fault))
    record = lab.run(lab.plan("a", rounds=1, settings=settings))[0]
    assert record.measurement is not None
    own_s = sum(record.measurement.samples.cpu_time_ns) / 1e9
    return MeasuredBlock(
        settings=settings,
        device=replace(record.device, emulated=False),
        before=CALM,
        after=replace(CALM, cpu_busy_s=100.0 + own_s),
        seconds=record.seconds,
        measurement=record.measurement,
    )


def codes(block: MeasuredBlock) -> list[str]:
    return [caution.code for caution in doubts(block)]


def texts(block: MeasuredBlock) -> list[str]:
    return [as_text(caution) for caution in doubts(block)]


def test_a_calm_block_gives_no_reason_for_doubt(tmp_path: Path) -> None:
    assert texts(block_with(tmp_path, None)) == []


def test_an_emulated_device_is_always_doubted(tmp_path: Path) -> None:
    block = block_with(tmp_path, None)
    emulated = replace(block, device=replace(block.device, emulated=True))
    assert texts(emulated) == snapshot(
        [
            "emulated: the device is emulated, so its times mean nothing. Use them to try things out, and a real device for figures."
        ]
    )


def test_what_the_runner_saw_gives_cautions(tmp_path: Path) -> None:
    pinned = replace(QUICK, cpu=2)
    assert texts(block_with(tmp_path, "extra-thread")) == snapshot(
        [
            "extra-threads: the process had 2 threads instead of 1, so the time is not that of 1. Check the engine's version, or pin the runner to one core."
        ]
    )
    assert texts(block_with(tmp_path, "migration", pinned)) == snapshot(
        [
            "off-core: 23.8 % of the inferences ran on core 3 though core 2 was asked for, so the times mix cores. Check that nothing changes the pinning, or choose another core."
        ]
    )
    assert texts(block_with(tmp_path, "preempted")) == snapshot(
        [
            "preempted: the system interrupted 33 % of the timed inferences to run something else, so the slow ones say little of the model. Close other programs, or pin to a quieter core."
        ]
    )
    assert texts(block_with(tmp_path, "unsteady")) == snapshot(
        [
            "unsteady: warm-up was not steady after 3000 ms, so early inferences may differ from late ones. Quieten the device, or raise `warmup_max_ms`."
        ]
    )
    assert texts(block_with(tmp_path, "not-accelerated")) == snapshot(
        [
            "not-accelerated: some operators ran outside XNNPACK, on slower kernels, so the time is not what the hardware could do. See `ghostbench inspect`, or convert the model another way."
        ]
    )


def test_plain_kernels_that_were_asked_for_are_no_reason_for_doubt(tmp_path: Path) -> None:
    plain = replace(QUICK, kernel_mode="builtin")
    assert codes(block_with(tmp_path, "not-accelerated", plain)) == []


def test_moving_between_like_cores_is_fine_and_between_unlike_ones_not(tmp_path: Path) -> None:
    block = block_with(tmp_path, "migration")
    assert codes(block) == []
    unlike = (Core(index=0, cluster="big"), Core(index=1, cluster="little"))
    assert texts(replace(block, device=replace(block.device, cores=unlike))) == snapshot(
        [
            "mixed-clusters: the inferences ran on big and little cores, so the times mix fast and slow ones. Choose a core with --core."
        ]
    )


def with_measurement(block: MeasuredBlock, measurement: Measurement) -> MeasuredBlock:
    return replace(block, measurement=measurement)


def test_a_block_that_its_limit_cut_short_is_told(tmp_path: Path) -> None:
    short = replace(QUICK, min_runs=50, max_ms=20)
    assert codes(block_with(tmp_path, None, short)) == ["cut-short"]


def test_a_clock_that_shows_in_the_time_is_told(tmp_path: Path) -> None:
    block = block_with(tmp_path, None)
    slow_clock = replace(block.measurement.hello, clock_overhead_ns=20_000)
    measurement = replace(block.measurement, hello=slow_clock)
    assert codes(with_measurement(block, measurement)) == ["coarse-timer"]


def probes(before_ns: int, after_ns: int) -> tuple[Probe, ...]:
    return tuple(
        Probe(when=when, iterations=1000, durations_ns=(ns - 1, ns, ns + 50_000))
        for when, ns in (("before", before_ns), ("after", after_ns))
    )


def test_a_core_that_became_slower_is_told(tmp_path: Path) -> None:
    block = block_with(tmp_path, None)
    steady = replace(block.measurement, probes=probes(1_000_000, 1_090_000))
    slowed = replace(block.measurement, probes=probes(1_000_000, 1_200_000))
    assert texts(with_measurement(block, steady)) == []
    assert texts(with_measurement(block, slowed)) == snapshot(
        [
            "slowed: the core was 1.20 times as slow at the end of the block as at its start, so late inferences are slow. Let the device cool."
        ]
    )


def test_stolen_time_is_told(tmp_path: Path) -> None:
    block = block_with(tmp_path, None)
    after = replace(block.after or CALM, cpu_steal_s=5.0 + 0.02 * block.seconds)
    assert texts(replace(block, after=after)) == snapshot(
        [
            "stolen: the hypervisor gave 2.0 % of the block's time to other machines, so inferences may have waited. Use a machine of your own, or more rounds."
        ]
    )


def test_other_work_on_the_machine_is_told(tmp_path: Path) -> None:
    block = block_with(tmp_path, None)
    after = replace(block.after or CALM, cpu_busy_s=200.0)
    assert codes(replace(block, after=after)) == ["busy"]


def test_the_load_stands_in_where_processor_time_is_hidden(tmp_path: Path) -> None:
    block = block_with(tmp_path, None)
    own_load, others = (
        DeviceState(taken_at="t", load_1min=1.0),
        DeviceState(taken_at="t", load_1min=2.6),
    )
    assert codes(replace(block, before=own_load, after=own_load)) == []
    assert texts(replace(block, before=others, after=own_load)) == snapshot(
        [
            "busy: other programs kept 1.6 of 4 cores busy, so caches and memory were shared. Close them, or measure when the machine is idle."
        ]
    )


@pytest.mark.parametrize("after", [None, DeviceState(taken_at="t")])
def test_what_cannot_be_read_gives_no_caution(tmp_path: Path, after: DeviceState | None) -> None:
    block = replace(block_with(tmp_path, None), before=DeviceState(taken_at="t"), after=after)
    assert codes(block) == []


def test_every_limit_can_be_set(tmp_path: Path) -> None:
    block = block_with(tmp_path, "preempted")
    assert list(doubts(block, Limits(preempted_percent=50.0))) == []
