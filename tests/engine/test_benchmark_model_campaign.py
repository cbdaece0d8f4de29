"""Campaigns with the engine benchmark_model on this machine, from the command line to what statistics say."""

import random
from pathlib import Path

import numpy as np
import pytest

from ghostbench.core.errors import UsageError
from ghostbench.core.plan import RunSettings
from ghostbench.store.query import load_blocks, load_results
from ghostbench.workflows.measure import HowToMeasure, MeasureOutcome
from ghostbench.workflows.run import run
from tests.fixtures.benchmark_model.corpus import Truth, log_of, stub_of

MODEL = Path(__file__).resolve().parent.parent / "fixtures" / "tiny_conv.tflite"
DEFAULTS = RunSettings()


def stub(folder: Path, generation: str, level_us: int = 9000, **changes: object) -> Path:
    """A program that prints one of three runs."""
    rng = random.Random(generation)
    logs = []
    for number in range(3):
        times = tuple(round(level_us * (1 + number / 500) * rng.gauss(1, 0.02)) for _ in range(90))
        truth = Truth(
            warmup_us=times[:20],
            timed_us=times[20:],
            init_us=12_750,
            runs=DEFAULTS.min_runs,
            min_s=DEFAULTS.min_ms / 1000,
            max_s=DEFAULTS.max_ms / 1000,
            warmup_runs=DEFAULTS.warmup_min_runs,
            warmup_min_s=DEFAULTS.warmup_min_ms / 1000,
            **changes,  # type: ignore[arg-type]  # each test names its own
        )
        logs.append(log_of(generation, truth))
    path = folder / "benchmark_model"
    path.write_text(stub_of(*logs))
    path.chmod(0o755)
    return path


def measured(
    workspace: Path, program: Path, *, resume: bool = False, rounds: int = 3
) -> MeasureOutcome:
    how = HowToMeasure(
        device="host",
        engine="benchmark_model",
        runner=str(program),
        workspace=workspace,
        rounds=rounds,
        order_seed=1,
        resume=resume,
    )
    return run([str(MODEL)], how=how)


@pytest.mark.parametrize("generation", ["tf-2.14", "litert-2.1", "compiled-2.1"])
def test_blocks_of_summaries_make_a_result_without_samples(tmp_path: Path, generation: str) -> None:
    (result,) = measured(tmp_path, stub(tmp_path, generation)).results

    assert result.samples == ()
    assert result.p95_ns is None
    assert result.engine == "benchmark_model"
    assert len(result.blocks) == 3
    assert result.median_ns == float(np.median([block.median_ns for block in result.blocks]))
    assert result.median_ns == pytest.approx(9e6, rel=0.02)
    assert all(block.timed == 70 for block in result.blocks)
    assert any(caution.startswith("summary-only, 3 of 3 blocks") for caution in result.cautions)


def test_frames_tell_of_the_blocks_and_of_no_samples(tmp_path: Path) -> None:
    outcome = measured(tmp_path, stub(tmp_path, "litert-2.1"))

    assert load_results(outcome.folder)["samples"].tolist() == [0]
    blocks = load_blocks(outcome.folder)
    assert blocks["timed"].tolist() == [70, 70, 70]
    assert blocks["engine"].unique().tolist() == ["benchmark_model"]


def test_a_program_that_says_nothing_of_its_kernels_is_doubted(tmp_path: Path) -> None:
    (result,) = measured(tmp_path, stub(tmp_path, "litert-2.1", delegated=None)).results
    assert any(caution.startswith("unknown-kernels") for caution in result.cautions)


def test_plain_kernels_in_place_of_the_delegate_are_doubted(tmp_path: Path) -> None:
    (result,) = measured(tmp_path, stub(tmp_path, "litert-2.1", delegated="partial")).results
    assert any(caution.startswith("not-accelerated") for caution in result.cautions)


def test_a_program_that_does_not_know_a_flag_gives_no_result(tmp_path: Path) -> None:
    outcome = measured(tmp_path, stub(tmp_path, "litert-2.1", unconsumed=("--use_xnnpack=true",)))
    assert outcome.results == ()
    assert "does not know --use_xnnpack=true" in outcome.failures[0].reasons[0]


def test_a_campaign_goes_on_with_the_same_program_only(tmp_path: Path) -> None:
    outcome = measured(tmp_path, stub(tmp_path, "litert-2.1"))
    records = outcome.folder / "records.jsonl"
    records.write_bytes(b"".join(records.read_bytes().splitlines(keepends=True)[:2]))

    with pytest.raises(UsageError, match="other files"):
        measured(tmp_path, stub(tmp_path, "litert-2.1", level_us=8000), resume=True)

    again = measured(tmp_path, stub(tmp_path, "litert-2.1"), resume=True)
    assert again.folder == outcome.folder
    assert len(again.results[0].blocks) == 3


def test_the_engine_needs_its_program_and_no_other_does() -> None:
    with pytest.raises(UsageError, match="--runner FILE"):
        run([str(MODEL)], how=HowToMeasure(device="host", engine="benchmark_model"))
    with pytest.raises(UsageError, match="not for litert"):
        run([str(MODEL)], how=HowToMeasure(device="host", runner="x"))
