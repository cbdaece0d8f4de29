"""Rules that need a whole campaign: a block against the others."""

from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence

import numpy as np

from ghostbench.core.conditions import conditions, differences
from ghostbench.judging.facts import BlockFacts, fastest_probes_ns
from ghostbench.judging.grades import Seen
from ghostbench.judging.phone import core_used, mean_mhz

# The fastest typical one: a quarter from the fast end, so that one odd reading is no baseline.
TYPICAL_QUANTILE = 0.25
# With fewer there is nothing typical.
MIN_BASELINE = 3

Found = dict[str, list[Seen]]  # by record


def about_campaign(blocks: Sequence[BlockFacts]) -> Mapping[str, list[Seen]]:
    """What each block looks like beside the others: record id to what was found."""
    found: Found = defaultdict(list)
    for same_core in _grouped(blocks, _core_of):
        _add_slow_probes(same_core, found)
        _add_low_clocks(same_core, found)
    for same_job in _grouped(blocks, lambda block: block.record.job.job_id):
        _add_other_conditions(same_job, found)
        _add_other_tensors(same_job, found)
    return found


def _add_slow_probes(blocks: Sequence[BlockFacts], found: Found) -> None:
    probes = {
        b.record.record_id: probe for b in blocks if (probe := fastest_probes_ns(b.measurement))
    }
    if len(probes) < MIN_BASELINE:
        return
    # Each block's faster end, since the slower one may be what is to be found.
    baseline = float(np.quantile([min(p.values()) for p in probes.values()], TYPICAL_QUANTILE))
    for record_id, probe in probes.items():
        factor = max(probe.values()) / baseline
        found[record_id].append(
            Seen(
                code="probe-slow",
                value=100 * (factor - 1),
                evidence={"probe_ns": max(probe.values()), "baseline_ns": baseline},
                text=f"the core was {factor:.2f} times as slow as is usual in this campaign. Let the device cool, "
                "and close other programs.",
            )
        )


def _add_low_clocks(blocks: Sequence[BlockFacts], found: Found) -> None:
    clocks = {b.record.record_id: mhz for b in blocks if (mhz := mean_mhz(b)) is not None}
    if len(clocks) < MIN_BASELINE:
        return
    baseline = float(np.quantile(list(clocks.values()), 1 - TYPICAL_QUANTILE))
    for record_id, mhz in clocks.items():
        found[record_id].append(
            Seen(
                code="clock-down",
                value=100 * (1 - mhz / baseline),
                evidence={"mean_mhz": mhz, "baseline_mhz": baseline},
                text=f"the core's clock was {mhz:.0f} MHz on average, while {baseline:.0f} are usual in this campaign. "
                "Let the device cool, or use the fixed-performance mode.",
            )
        )


def _add_other_conditions(blocks: Sequence[BlockFacts], found: Found) -> None:
    told = {block.record.record_id: conditions(block.record) for block in blocks}
    counts = Counter(tuple(known.items()) for known in told.values())
    usual = dict(counts.most_common(1)[0][0])
    for record_id, known in told.items():
        if differs := differences(known, usual):
            found[record_id].append(
                Seen(
                    code="conditions-changed",
                    evidence={d.condition: f"{d.a}, usually {d.b}" for d in differs},
                    text="the block was measured under other conditions than the rest: "
                    f"{'; '.join(map(str, differs))}. Start a new campaign.",
                )
            )


def _add_other_tensors(blocks: Sequence[BlockFacts], found: Found) -> None:
    for code, told, what in (
        ("inputs-differ", _input_hashes, "inputs"),
        ("outputs-differ", _output_hashes, "outputs"),
    ):
        hashes = {block.record.record_id: told(block) for block in blocks}
        usual, _ = Counter(hashes.values()).most_common(1)[0]
        for record_id, mine in hashes.items():
            if mine != usual:
                found[record_id].append(
                    Seen(
                        code=code,
                        evidence={"fnv1a": " ".join(mine), "usual": " ".join(usual)},
                        text=f"the {what} were not those of the other blocks, though model and seed are the same, so "
                        "something else was computed. Check the device's memory and the model's file.",
                    )
                )


def _input_hashes(block: BlockFacts) -> tuple[str, ...]:
    return tuple(tensor.fnv1a or "" for tensor in block.measurement.tensors)


def _output_hashes(block: BlockFacts) -> tuple[str, ...]:
    return tuple(output.fnv1a for output in block.measurement.outputs)


def _core_of(block: BlockFacts) -> tuple[str, str]:
    """Blocks on like cores share a baseline."""
    device = block.record.device
    cluster = {core.index: core.cluster for core in device.cores}
    return device.name, cluster.get(core_used(block), "")


def _grouped(
    blocks: Sequence[BlockFacts], key: Callable[[BlockFacts], object]
) -> Iterator[list[BlockFacts]]:
    groups: dict[object, list[BlockFacts]] = defaultdict(list)
    for block in blocks:
        groups[key(block)].append(block)
    yield from groups.values()
