"""Rules: which cores the inferences ran on, and what else ran there."""

from collections import Counter
from collections.abc import Iterator

import numpy as np

from ghostbench.judging.facts import BlockFacts
from ghostbench.judging.grades import Seen

# With fewer undisturbed inferences their median says little.
MIN_UNDISTURBED = 5


def about_cores(block: BlockFacts) -> Iterator[Seen]:
    """Pinning, migrations, interruptions."""
    cpu = block.record.job.settings.cpu
    if cpu is None:
        yield from _about_clusters(block)
    else:
        yield from _about_pinning(block, cpu)
    yield from _about_migrations(block)
    yield from _about_interruptions(block)


def _about_pinning(block: BlockFacts, cpu: int) -> Iterator[Seen]:
    cores = np.stack((block.cpu_before, block.cpu_after))
    elsewhere = (cores != cpu) & (cores >= 0)
    others = [int(core) for core in np.unique(cores[elsewhere])]
    percent = 100 * float(np.mean(elsewhere.any(axis=0)))
    yield Seen(
        code="off-core",
        value=percent,
        evidence={"asked": cpu, "percent": percent, "others": " ".join(map(str, others))},
        text=f"{percent:.1f} % of the inferences ran on core {', '.join(map(str, others))} though core {cpu} was asked "
        "for, so the times mix cores. Check that nothing changes the pinning, or choose another core.",
    )
    allowed = block.measurement.hello.cpus_allowed
    beside = [core for core in allowed if core != cpu]
    yield Seen(
        code="not-pinned",
        value=len(beside),
        evidence={"asked": cpu, "allowed": " ".join(map(str, allowed))},
        text=f"the process was free to run on cores {', '.join(map(str, allowed))} though core {cpu} was asked for. "
        "Choose a core that the system lets processes be pinned to.",
    )


def _about_clusters(block: BlockFacts) -> Iterator[Seen]:
    cluster = {core.index: core.cluster for core in block.record.device.cores}
    counts: Counter[str] = Counter()
    for core, count in zip(*np.unique(block.cpu_after, return_counts=True), strict=True):
        if int(core) in cluster:
            counts[cluster[int(core)]] += int(count)
    for core in np.unique(block.cpu_before):
        if int(core) in cluster:
            counts[cluster[int(core)]] += 0
    if len(counts) < 2:
        return
    (_, most), *_ = counts.most_common(1)
    percent = 100 * max(1 - most / counts.total(), 1 / counts.total())
    yield Seen(
        code="mixed-clusters",
        value=percent,
        evidence={"percent": percent, "clusters": " ".join(counts)},
        text=f"the inferences ran on {' and '.join(counts)} cores, so the times mix fast and slow ones. "
        "Choose a core with --core.",
    )


def _about_migrations(block: BlockFacts) -> Iterator[Seen]:
    within = block.cpu_before != block.cpu_after
    between = np.concatenate(([False], block.cpu_before[1:] != block.cpu_after[:-1]))
    percent = 100 * float(np.mean(within | between))
    yield Seen(
        code="migrated",
        value=percent,
        evidence={"percent": percent},
        text=f"{percent:.1f} % of the inferences changed the core, where caches are cold. Pin to one with --core.",
    )


def _about_interruptions(block: BlockFacts) -> Iterator[Seen]:
    interrupted = block.preemptions > 0
    if not interrupted.any():
        return
    percent, effect = 100 * float(np.mean(interrupted)), _effect_percent(block)
    yield Seen(
        code="preempted",
        value=max(effect, 1e-9),
        evidence={"percent": percent, "median_moved_percent": effect},
        text=f"the system interrupted {percent:.0f} % of the timed inferences to run something else; that moved the "
        f"median by {effect:.1f} %. Close other programs, or pin to a quieter core.",
    )


def _effect_percent(block: BlockFacts) -> float:
    """By how much interruptions moved the median: against the undisturbed inferences of the same block."""
    undisturbed = block.duration_ns[block.preemptions == 0]
    if len(undisturbed) >= max(MIN_UNDISTURBED, len(block.duration_ns) // 10):
        return 100 * abs(block.median_ns / float(np.median(undisturbed)) - 1)
    if block.record.job.settings.threads > 1:
        return 0.0  # the wait of the other threads is not told
    # Where hardly one was left in peace, the time that was not computed in stands for it.
    return 100 * float(np.median(1 - block.cpu_time_ns / np.maximum(block.span_ns, 1)))
