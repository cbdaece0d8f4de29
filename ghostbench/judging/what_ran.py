"""Rules: whether what ran is what was asked for."""

from collections.abc import Iterator

from ghostbench.judging.facts import BlockFacts
from ghostbench.judging.grades import Seen


def about_what_ran(block: BlockFacts) -> Iterator[Seen]:
    """Hashes, arguments, settings, outputs, threads."""
    yield from _about_files(block)
    yield from _about_settings(block)
    yield from _about_outputs(block)


def _about_files(block: BlockFacts) -> Iterator[Seen]:
    loaded, job, engine = block.measurement.loaded, block.record.job, block.record.engine
    if loaded.model_sha256 != job.model_sha256:
        yield Seen(
            code="wrong-model",
            evidence={"opened": loaded.model_sha256, "planned": job.model_sha256},
            text=f"the runner opened another model than planned: SHA-256 {loaded.model_sha256[:12]}, not "
            f"{job.model_sha256[:12]}. Build it anew or start a new campaign.",
        )
    if engine.files and loaded.library_sha256 not in engine.files.values():
        yield Seen(
            code="wrong-library",
            evidence={"opened": loaded.library_sha256, "library": loaded.library},
            text=f"the runner opened {loaded.library} (SHA-256 {loaded.library_sha256[:12]}), which does not belong "
            f"to {engine.name} {engine.version}. Remove what hides the right one.",
        )


def _about_settings(block: BlockFacts) -> Iterator[Seen]:
    init, settings = block.measurement.init, block.record.job.settings
    asked, told = block.record.argv[1:], block.measurement.hello.argv[1:]
    # A launcher (taskset, a shell) may stand before the runner's own arguments.
    is_runner = (
        block.measurement.summary is None
    )  # other programs word their arguments in their own way
    if is_runner and asked and told and tuple(asked[-len(told) :]) != tuple(told):
        odd = next((t for t in told if t not in asked), "fewer arguments")
        yield Seen(
            code="other-arguments",
            evidence={"odd": odd},
            text=f"the runner was started with other arguments than asked for ({odd}). Check what starts it.",
        )
    if (settings.kernel_mode, settings.threads) != (init.kernel_mode, init.threads_asked):
        yield Seen(
            code="not-as-asked",
            evidence={"kernel_mode": init.kernel_mode, "threads": init.threads_asked},
            text=f"the runner was asked for {settings.kernel_mode} kernels and {settings.threads} threads, but says "
            f"{init.kernel_mode} and {init.threads_asked}. Check the engine's version.",
        )
    seen = max(init.threads_seen, block.measurement.end.threads_seen)
    if seen > settings.threads:
        yield Seen(
            code="extra-threads",
            value=seen - settings.threads,
            evidence={"asked": settings.threads, "seen": seen},
            text=f"the process had {seen} threads instead of {settings.threads}, so the time is not that of "
            f"{settings.threads}. Check the engine's version, or pin the runner to one core.",
        )
    summary = block.measurement.summary
    if summary and summary.delegated is None:
        yield Seen(
            code="unknown-kernels",
            evidence={"kernel_mode": init.kernel_mode},
            text="the engine does not say whether all operators ran on XNNPACK, so slower kernels may be in the time. "
            "Time the model with `--engine litert` too.",
        )
    elif settings.kernel_mode == "delegate" and not init.fully_accelerated:
        yield Seen(
            code="not-accelerated",
            evidence={"kernel_mode": init.kernel_mode},
            text="some operators ran outside XNNPACK, on slower kernels, so the time is not what the hardware could "
            "do. See `ghostbench inspect`, or convert the model another way.",
        )


def _about_outputs(block: BlockFacts) -> Iterator[Seen]:
    for output in block.measurement.outputs:
        yield Seen(
            code="not-a-number",
            value=output.nan,
            evidence={"output": output.index, "nan": output.nan},
            text=f"output {output.index} holds {output.nan} values that are not a number: the model does not work "
            "with these inputs, so its time means nothing. Check its weights.",
        )
        yield Seen(
            code="infinite-output",
            value=output.infinite,
            evidence={"output": output.index, "infinite": output.infinite},
            text=f"output {output.index} holds {output.infinite} infinite values. Check the model's weights and "
            "the range of its inputs.",
        )
