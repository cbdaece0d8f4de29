"""What a log of benchmark_model says, as runner events. What it does not say is -1 or left out, never made up."""

from collections.abc import Iterator

from ghostbench.core.runner_events import (
    End,
    Hello,
    Init,
    Loaded,
    RunnerEvent,
    SampleEvent,
    TimingSummary,
)
from ghostbench.engine.bm_frame import Frame
from ghostbench.engine.bm_log import BenchmarkLog
from ghostbench.engine.bm_options import kernel_mode_of

_NS_PER_US = 1000
# The program reads its clock in whole microseconds.
_CLOCK_STEP_NS = 1000
_UNKNOWN = -1
_BYTES_PER_MB = 1 << 20


def log_events(log: BenchmarkLog, frame: Frame) -> Iterator[RunnerEvent]:
    """All that is known of one run, in the order of the runner's events."""
    yield Hello(
        wire=1,
        runner=f"benchmark_model ({log.flavour})",
        machine=frame.machine,
        kernel=frame.kernel,
        pid=frame.pid,
        argv=("benchmark_model", *frame.arguments),
        cpus_allowed=frame.cpus,
        clock_overhead_ns=_CLOCK_STEP_NS,
    )
    yield _loaded(frame)
    yield _init(log, frame)
    yield SampleEvent(
        phase="first",
        index=0,
        started_ns=_UNKNOWN,
        duration_ns=log.first_us * _NS_PER_US,
        cpu_time_ns=_UNKNOWN,
        cpu_before=_UNKNOWN,
        cpu_after=_UNKNOWN,
        preemptions=_UNKNOWN,
    )
    yield _summary(log)
    yield End(
        warmup_steady=False,  # it warms up for a time, not until steady
        timed=log.inference.count,
        peak_rss_bytes=_peak_bytes(log),
        threads_seen=_UNKNOWN,
        preemptions=_UNKNOWN,
        voluntary_switches=_UNKNOWN,
        minor_faults=_UNKNOWN,
        major_faults=_UNKNOWN,
    )


def _loaded(frame: Frame) -> Loaded:
    model = next(word for word in frame.arguments if word.startswith("--graph="))
    return Loaded(
        library="benchmark_model",  # the runtime is part of the program
        library_sha256=frame.program_sha256,
        library_bytes=_UNKNOWN,
        model=model.removeprefix("--graph="),
        model_sha256=frame.model_sha256,
        model_bytes=_UNKNOWN,
    )


def _init(log: BenchmarkLog, frame: Frame) -> Init:
    return Init(
        library_ns=_UNKNOWN,
        load_ns=_UNKNOWN,
        compile_ns=_UNKNOWN,
        buffers_ns=_UNKNOWN,
        total_ns=round(log.init_us * _NS_PER_US),
        fully_accelerated=log.delegation is not None and log.delegation.share == "full",
        kernel_mode=kernel_mode_of(frame.arguments),
        threads_asked=next(
            int(word.partition("=")[2])
            for word in frame.arguments
            if word.startswith("--num_threads=")
        ),
        threads_seen=_UNKNOWN,
        peak_rss_bytes=_UNKNOWN,
    )


def _summary(log: BenchmarkLog) -> TimingSummary:
    told, warmup = log.inference, log.warmup
    return TimingSummary(
        count=told.count,
        first_ns=told.first_us * _NS_PER_US,
        last_ns=told.last_us * _NS_PER_US,
        min_ns=told.min_us * _NS_PER_US,
        max_ns=told.max_us * _NS_PER_US,
        mean_ns=told.avg_us * _NS_PER_US,
        deviation_ns=told.std_us * _NS_PER_US,
        p5_ns=_ns(told.p5_us),
        median_ns=_ns(told.median_us),
        p95_ns=_ns(told.p95_us),
        warmup_count=warmup.count,
        warmup_mean_ns=warmup.avg_us * _NS_PER_US,
        delegated=log.delegation.share if log.delegation else None,
    )


def _ns(us: int | None) -> int | None:
    return None if us is None else us * _NS_PER_US


def _peak_bytes(log: BenchmarkLog) -> int:
    peak_mb = log.memory.peak_mb
    return _UNKNOWN if peak_mb is None else round(peak_mb * _BYTES_PER_MB)
