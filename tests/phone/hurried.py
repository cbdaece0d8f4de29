"""Campaigns on a phone that answers sooner than real ones: everything is shorter by the same factor."""

import os
import random
import time
from dataclasses import replace
from pathlib import Path

from ghostbench.core.plan import RunSettings
from ghostbench.workflows.measure import HowToMeasure
from ghostbench.workflows.phone_hold import PhoneWishes
from tests.fixtures.benchmark_model.corpus import draw, log_of, stub_of
from tests.phone.lab import how

# How many times sooner than a real phone this one answers: time limits, pauses and faults are all shorter by it. With
# GHOSTBENCH_REAL_TIME=1 nothing is shortened: a phone then hangs for 60 s and restarts in 40 s.
REAL_TIME = os.environ.get("GHOSTBENCH_REAL_TIME") == "1"
HURRY = 1.0 if REAL_TIME else 15.0
PAUSE_S, RESTART_S, MOMENT_S = 60.0 / HURRY, 40.0 / HURRY, 8.0 / HURRY
BLOCK_LIMIT_S = 120.0 if REAL_TIME else 8.0
PATIENCE_S = 90.0 if REAL_TIME else 12.0  # of a busy computer
SHORT_PATIENCE_S = 90.0 if REAL_TIME else 2.0  # with a phone that does not come back
BOUND_S = 600.0 if REAL_TIME else 45.0
PUSHED_BYTES = 8 * 2**20
MARK = "/data/local/tmp/sampling"  # the stub adds a line when it begins to time


def hurried(
    serial: str, workspace: Path, *, limit_s: float = BLOCK_LIMIT_S, resume: bool = False
) -> HowToMeasure:
    """A campaign of two rounds on a phone that answers sooner than real ones."""
    wishes = PhoneWishes(hurry=HURRY, sleep=sleep_less)
    settings = RunSettings(
        min_runs=3, min_ms=400, warmup_min_ms=1, warmup_max_ms=100, timeout_s=limit_s
    )
    wanted = how(
        serial, workspace, rounds=2, resume=resume, settings=settings, wishes=wishes, patience_s=PATIENCE_S
    )  # fmt: skip
    return replace(wanted, order_seed=1)


def sleep_less(seconds: float) -> None:
    time.sleep(seconds / HURRY)


def with_stub(wanted: HowToMeasure, *, padding: int = 0, takes_s: float = 0.3) -> HowToMeasure:
    """The same with a stub of benchmark_model, which takes a while; padding makes it as large as one wants."""
    assert wanted.workspace
    program = wanted.workspace / "benchmark_model"
    if not program.exists():
        head, log = stub_of(log_of("litert-2.1", draw(random.Random(1)))).split("\n", 1)
        wait = f"echo timing >> {MARK}\nsleep {takes_s}\n"
        program.write_text(f"{head}\n{wait}{log}exit 0\n" + "#" * padding)
    settings = RunSettings(  # what the stub's log answers
        min_runs=50, min_ms=1000, max_ms=150_000, warmup_min_runs=1, warmup_min_ms=500,
        timeout_s=wanted.settings.timeout_s,
    )  # fmt: skip
    return replace(wanted, engine="benchmark_model", runner=str(program), settings=settings)
