"""Profiles made up from a seed, with a known truth."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np

from ghostbench.bench.profile_result import figure
from ghostbench.core.device import DeviceInfo
from ghostbench.core.profile import (
    KindTime,
    ModelProfile,
    Op,
    OperatorTime,
    Profiled,
    ProfileEnd,
    ProfileRun,
)
from ghostbench.core.record import EngineInfo
from ghostbench.core.runner_events import Hello, Init, Loaded

# Microseconds of all operators of a kind together: about those of GhostNet on a desktop core.
KINDS = {
    "CONV_2D": 1900.0, "DEPTHWISE_CONV_2D": 900.0, "CONCATENATION": 300.0, "FULLY_CONNECTED": 145.0,
    "ADD": 75.0, "MUL": 44.0, "MEAN": 26.0,
}  # fmt: skip


@dataclass(frozen=True, kw_only=True)
class Made:
    """A truth: how long kinds of operators take, and how much processes differ."""

    rounds: int = 8
    more_us: Mapping[str, float] = field(default_factory=dict)
    factor: Mapping[str, float] = field(default_factory=dict)
    of_process: float = 0.01
    of_kind: float = 0.02


def made_profile(rng: np.random.Generator, truth: Made) -> ModelProfile:
    """A profile with noise that a process has as a whole, and noise of each kind in it."""
    kinds = dict(KINDS) | {kind: us + KINDS.get(kind, 0) for kind, us in truth.more_us.items()}
    whole = np.exp(rng.normal(0, truth.of_process, truth.rounds))
    operators = tuple(
        _operator(index, kind, us * truth.factor.get(kind, 1.0) * whole
                  * np.exp(rng.normal(0, truth.of_kind, truth.rounds)))
        for index, (kind, us) in enumerate(kinds.items())
    )  # fmt: skip
    sums = np.sum([operator.time.rounds_ns for operator in operators], axis=0)
    latencies = (sums + 150e3) * np.exp(rng.normal(0, truth.of_process, truth.rounds))
    return ModelProfile(
        model="made-up", precision="fp32", model_sha256="0" * 64, device=device(),
        engine=EngineInfo(name="litert", version="2.3.0"), kernel_mode="delegate", threads=1,
        rounds=truth.rounds, repetitions=(50,) * truth.rounds, operators=operators,
        kinds=tuple(
            KindTime(kind=one.kind, count=1, time=one.time, share=one.share, macs=0) for one in operators
        ),
        sum=figure(sums), profiled_inference=figure(sums + 160e3), latency=figure(latencies),
        not_explained=None, roof=None,
    )  # fmt: skip


def _operator(
    index: int, kind: str, us: "np.ndarray[tuple[int, ...], np.dtype[np.float64]]"
) -> OperatorTime:
    return OperatorTime(
        index=index, kind=kind, name=f"t{index}", shape=(1, 8, 8, 16), ran_by="xnnpack",
        kernels=("Kernel (NC)",), matched=True,
        time=figure(us * 1e3), share=0.1, macs=1000, moved_bytes=1000, gmac_per_s=1.0, gb_per_s=1.0,
    )  # fmt: skip


def device() -> DeviceInfo:
    """A machine."""
    return DeviceInfo(
        name="host",
        kind="host",
        title="A machine",
        machine="x86_64",
        os="Linux",
        kernel="6",
        cores=(),
    )


def run_of(ops: Sequence[Op], *, whole_us: int) -> ProfileRun:
    """What a runner says of these operators."""
    inferences = len(ops[0].durations_us)
    return ProfileRun(
        hello=Hello(wire=1, runner="1", machine="x86_64", kernel="6", pid=1, argv=(), cpus_allowed=(0,),
                    clock_overhead_ns=20),
        loaded=Loaded(library="l", library_sha256="0" * 64, library_bytes=1, model="m", model_sha256="0" * 64,
                      model_bytes=1),
        init=Init(library_ns=0, load_ns=0, compile_ns=0, buffers_ns=0, total_ns=0, fully_accelerated=True,
                  kernel_mode="delegate", threads_asked=1, threads_seen=1, peak_rss_bytes=1),
        tensors=(),
        profiled=tuple(
            Profiled(index=i, started_ns=i * 1_000_000, duration_ns=whole_us * 1000) for i in range(inferences)
        ),
        ops=tuple(ops),
        outputs=(),
        end=ProfileEnd(repetitions=inferences, ops=len(ops), peak_rss_bytes=1, threads_seen=1),
    )  # fmt: skip
