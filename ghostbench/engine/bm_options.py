"""Settings of a run as flags of benchmark_model, and whether it did what the flags say.

The program ignores flags that it does not know and goes on, so its answer is held against the question. It has no probe
of the core's speed and no steadiness of warm-up: `probe_ms`, `warmup_tolerance` and `warmup_max_ms` mean nothing to it.
"""

from collections.abc import Sequence

from ghostbench.core.errors import RunnerError, UsageError
from ghostbench.core.plan import InputSettings, RunSettings
from ghostbench.engine.bm_log import BenchmarkLog, LoopRequest
from ghostbench.engine.bm_program import CLASSIC
from ghostbench.engine.bm_stats import six_digits

_XNNPACK = {"delegate": "true", "builtin": "false"}


def run_options(settings: RunSettings, flavour: str) -> tuple[str, ...]:
    """Every setting that the program knows. Raises UsageError for one that it cannot follow.

    >>> run_options(RunSettings(), "compiled")[:2]
    ('--num_threads=1', '--num_runs=10')
    """
    _refuse_unknown(settings, flavour)
    options: dict[str, object] = {
        "num_threads": settings.threads,
        "num_runs": settings.min_runs,
        "min_secs": f"{settings.min_ms / 1000:g}",
        "max_secs": f"{settings.max_ms / 1000:g}",
        "warmup_runs": max(1, settings.warmup_min_runs),
        "warmup_min_secs": f"{settings.warmup_min_ms / 1000:g}",
    }
    if settings.delay_ms:
        options["run_delay"] = f"{settings.delay_ms / 1000:g}"
    if flavour == CLASSIC:
        options["use_xnnpack"] = _XNNPACK[settings.kernel_mode]
    return tuple(f"--{name}={value}" for name, value in options.items())


def check_answer(log: BenchmarkLog, arguments: Sequence[str]) -> None:
    """Raise RunnerError unless the program ran as it was told to."""
    if log.unconsumed:
        raise RunnerError(
            f"this benchmark_model does not know {' '.join(log.unconsumed)} and ignored it, "
            "so it did not measure what was asked for; use a newer one"
        )
    if log.profiled or log.duplicate:
        raise RunnerError(
            "benchmark_model timed operators, or was given a flag twice: that was not asked for"
        )
    asked = _asked(arguments)
    if log.threads != int(asked["num_threads"]):
        told = "does not say" if log.threads is None else f"says {log.threads} and not"
        raise RunnerError(f"benchmark_model {told} that it used {asked['num_threads']} threads")
    check_requests(log, arguments)
    if asked.get("use_xnnpack") == "false" and log.delegation and log.delegation.share != "none":
        raise RunnerError(
            "benchmark_model used a delegate though plain kernels were asked for; use a newer one"
        )


def check_requests(log: BenchmarkLog, arguments: Sequence[str]) -> None:
    """Raise RunnerError unless both loops announced what they were asked for."""
    asked = _asked(arguments)
    _check_loop(
        "warm-up",
        log.warmup_request,
        asked["warmup_runs"],
        asked["warmup_min_secs"],
        asked["max_secs"],
    )
    _check_loop(
        "measurement",
        log.request,
        asked["num_runs"],
        asked["min_secs"],
        asked["max_secs"],
    )


def kernel_mode_of(arguments: Sequence[str]) -> str:
    """The kernels that were asked for."""
    return "builtin" if "--use_xnnpack=false" in arguments else "delegate"


def _asked(arguments: Sequence[str]) -> dict[str, str]:
    return dict(word.removeprefix("--").partition("=")[::2] for word in arguments)


def _refuse_unknown(settings: RunSettings, flavour: str) -> None:
    modes = ("delegate", "builtin") if flavour == CLASSIC else ("delegate",)
    if settings.kernel_mode not in modes:
        raise UsageError(
            f"the {flavour} benchmark_model has no {settings.kernel_mode} kernels; it has {' and '.join(modes)}"
        )
    if settings.inputs != InputSettings():
        raise UsageError(
            "benchmark_model fills inputs its own way, and the same each time; use litert to choose them"
        )


def _check_loop(what: str, request: LoopRequest, runs: str, min_s: str, max_s: str) -> None:
    pairs = [(request.runs, runs), (request.min_s, min_s), (request.max_s, max_s)]
    for told, asked in pairs:
        if told is not None and six_digits(told) != six_digits(float(asked)):
            raise RunnerError(f"benchmark_model's {what} was asked for {asked}, and says {told:g}")
