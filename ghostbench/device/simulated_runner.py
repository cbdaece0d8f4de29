"""What the native runner would say on a made-up device: events from a seed, with planted properties."""

import hashlib
import math
import random
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from ghostbench.core.runner_events import (
    End,
    Hello,
    Init,
    Loaded,
    Output,
    Probe,
    RunnerEvent,
    SampleEvent,
    Tensor,
)
from ghostbench.device.simulated_faults import Fault, planted

WIRE_VERSION = 1
# How the kernel modes compare on one x86-64 machine with MobileNetV3-Small: 1.8, 5.8 and 44 ms.
_KERNEL_FACTOR = {"delegate": 1.0, "builtin": 3.2, "reference": 24.0}
# As the real runner's probe: half a million steps take a millisecond at 2 GHz.
_PROBE_STEPS_PER_MS, _PROBE_REPETITIONS = 500_000, 5
_BETWEEN_SAMPLES_NS = 500
_OUTPUT_BYTES = 4000


@dataclass(frozen=True, slots=True, kw_only=True)
class Truth:
    """What is true of the device. Spreads are standard deviations on a log scale: 0.01 is about 1 %."""

    latency_ms: Mapping[str, float] = field(default_factory=dict)  # by file name or SHA-256
    between_blocks: float = 0.01
    within_blocks: float = 0.01
    correlation: float = 0.5  # of one inference with the next
    drift_per_run: float = 0.0  # from one process to the next
    tail_share: float = 0.03  # of inferences that something delays
    tail_size: float = 0.2  # the least such delay, as a share; delays have a Pareto tail
    first_factor: float = 2.5  # of the first inference in a process


@dataclass(frozen=True, slots=True, kw_only=True)
class InstalledFile:
    """A file that the device holds."""

    path: str
    sha256: str
    size_bytes: int

    @property
    def name(self) -> str:
        """Its last part."""
        return self.path.rpartition("/")[2]


class SimulatedRunner:
    """One process of the runner. Seeded by device, model and number of the run: the same on every machine."""

    def __init__(
        self,
        argv: Sequence[str],
        *,
        model: InstalledFile,
        library: InstalledFile,
        truth: Truth,
        fault: Fault | None,
        seed: int,
        run: int,
    ) -> None:
        self._argv, self._model, self._library = tuple(argv), model, library
        self._truth, self._fault, self._run = truth, fault, run
        self._rng = random.Random(f"{seed}/{model.sha256}/{run}")
        self._cpu = 0 if self._option("--cpu") == "any" else int(self._option("--cpu"))
        self._threads = int(self._option("--threads"))
        self._level_ns = self._level()
        self._noise = self._rng.gauss(0, 1)
        self.now_ns = 30_000_000  # since the start of the process; loading comes first

    def events(self) -> list[RunnerEvent]:
        """Everything that the runner says, in order, with what is planted."""
        return planted(self._fault, list(self._clean_events()))

    def _clean_events(self) -> Iterator[RunnerEvent]:
        yield self._hello()
        yield self._loaded()
        yield from self._tensors()
        yield self._init()
        probe_ms = int(self._option("--probe-ms"))
        if probe_ms:
            yield self._probe("before", probe_ms)
        timed = 0
        for sample in self._samples():
            timed += sample.phase == "timed"
            yield sample
        if probe_ms:
            yield self._probe("after", probe_ms)
        fnv1a = hashlib.sha256(self._model.sha256.encode()).hexdigest()[:16]
        yield Output(index=0, bytes=_OUTPUT_BYTES, fnv1a=fnv1a, nan=0, infinite=0)
        yield self._end(timed)

    def _option(self, name: str) -> str:
        return self._argv[self._argv.index(name) + 1]

    def _level(self) -> float:
        """The typical time of this process."""
        truth, model = self._truth, self._model
        latency_ms = truth.latency_ms.get(model.name) or truth.latency_ms.get(model.sha256)
        if (
            latency_ms is None
        ):  # made up from the content: a millisecond, and one more for each megabyte
            share = int(model.sha256[:8], 16) / 16**8
            latency_ms = (1 + model.size_bytes / 1e6) * (0.7 + 0.6 * share)
        latency_ms *= _KERNEL_FACTOR[self._option("--kernel-mode")] / math.pow(self._threads, 0.7)
        effect = self._rng.gauss(0, truth.between_blocks) + truth.drift_per_run * self._run
        return 1e6 * latency_ms * math.exp(effect)

    def _hello(self) -> Hello:
        cpus = (0, 1, 2, 3) if self._option("--cpu") == "any" else (self._cpu,)
        return Hello(
            wire=WIRE_VERSION,
            runner="simulated",
            machine="simulated",
            kernel="0",
            pid=1000 + self._run,
            argv=self._argv,
            cpus_allowed=cpus,
            clock_overhead_ns=40,
        )

    def _loaded(self) -> Loaded:
        return Loaded(
            library=self._library.path,
            library_sha256=self._library.sha256,
            library_bytes=self._library.size_bytes,
            model=self._model.path,
            model_sha256=self._model.sha256,
            model_bytes=self._model.size_bytes,
        )

    def _tensors(self) -> Iterator[Tensor]:
        yield _tensor("input", (1, 224, 224, 3), fnv1a="0123456789abcdef")
        yield _tensor("output", (1, 1000), fnv1a=None)

    def _init(self) -> Init:
        library_ns, load_ns = 5_000_000, 1_000_000
        compile_ns, buffers_ns = 20_000_000 + self._model.size_bytes, 500_000
        return Init(
            library_ns=library_ns,
            load_ns=load_ns,
            compile_ns=compile_ns,
            buffers_ns=buffers_ns,
            total_ns=library_ns + load_ns + compile_ns + buffers_ns,
            fully_accelerated=True,
            kernel_mode=self._option("--kernel-mode"),
            threads_asked=self._threads,
            threads_seen=self._threads,
            peak_rss_bytes=12_000_000 + 2 * self._model.size_bytes,
        )

    def _probe(self, when: str, probe_ms: int) -> Probe:
        self.now_ns += probe_ms * 1_000_000
        share_ns = probe_ms * 1_000_000 // _PROBE_REPETITIONS
        iterations = probe_ms * _PROBE_STEPS_PER_MS // _PROBE_REPETITIONS
        durations = (share_ns,) * _PROBE_REPETITIONS
        return Probe(when=when, iterations=iterations, durations_ns=durations)

    def _samples(self) -> Iterator[SampleEvent]:
        """The loops of the real runner, on made-up time."""
        yield self._sample("first", 0)
        count, begin_ns = 0, self.now_ns
        while not self._is_enough("--warmup-min-runs", "--warmup-min-ms", count, begin_ns):
            yield self._sample("warmup", count)
            count += 1
        count, begin_ns = 0, self.now_ns
        most_ns = 1_000_000 * int(self._option("--max-ms"))
        while not self._is_enough("--min-runs", "--min-ms", count, begin_ns):
            yield self._sample("timed", count)
            count += 1
            if self.now_ns - begin_ns >= most_ns:
                return

    def _is_enough(self, runs: str, least_ms: str, count: int, begin_ns: int) -> bool:
        elapsed_ms = (self.now_ns - begin_ns) / 1e6
        return count >= int(self._option(runs)) and elapsed_ms >= float(self._option(least_ms))

    def _sample(self, phase: str, index: int) -> SampleEvent:
        self.now_ns += round(1e6 * float(self._option("--delay-ms"))) + _BETWEEN_SAMPLES_NS
        started_ns, duration_ns = self.now_ns, self._duration_ns(phase)
        self.now_ns += duration_ns
        return SampleEvent(
            phase=phase,
            index=index,
            started_ns=started_ns,
            duration_ns=duration_ns,
            cpu_time_ns=duration_ns + _BETWEEN_SAMPLES_NS,
            cpu_before=self._cpu,
            cpu_after=self._cpu,
            preemptions=0,
        )

    def _duration_ns(self, phase: str) -> int:
        truth, rng = self._truth, self._rng
        kept = truth.correlation
        self._noise = kept * self._noise + math.sqrt(1 - kept * kept) * rng.gauss(0, 1)
        factor = math.exp(truth.within_blocks * self._noise)
        if rng.random() < truth.tail_share:
            factor *= 1 + truth.tail_size * rng.paretovariate(2)
        if phase == "first":
            factor *= truth.first_factor
        return max(1, round(self._level_ns * factor))

    def _end(self, timed: int) -> End:
        return End(
            warmup_steady=True,
            timed=timed,
            peak_rss_bytes=14_000_000 + 2 * self._model.size_bytes,
            threads_seen=self._threads,
            preemptions=0,
            voluntary_switches=0,
            minor_faults=10,
            major_faults=0,
        )


def _tensor(role: str, shape: tuple[int, ...], *, fnv1a: str | None) -> Tensor:
    return Tensor(
        role=role,
        index=0,
        name=role,
        dtype="float32",
        shape=shape,
        bytes=4 * math.prod(shape),
        dynamic=False,
        fnv1a=fnv1a,
    )
