"""The engine benchmark_model on a virtual phone: a stub program, the phone's own shell, taskset and sha256sum."""

import random
import time
from dataclasses import replace
from pathlib import Path

import pytest

from ghostbench.bench.measure import fold_events
from ghostbench.core.errors import RunnerError, RunnerGaveUp
from ghostbench.core.plan import RunSettings
from ghostbench.core.record import Measurement
from ghostbench.device.android import open_phone
from ghostbench.engine.benchmark_model import BenchmarkModelEngine
from ghostbench.engine.runner_binary import sha256_of
from tests.fixtures.benchmark_model.corpus import Log, draw, log_of, stub_of
from tests.phone.lab import how, records_in, time_tiny
from tests.virtual_phone.phone import VirtualPhone

MODEL = Path(__file__).resolve().parent.parent / "fixtures" / "tiny_conv.tflite"
SETTINGS = RunSettings(
    min_runs=50, min_ms=1000, max_ms=150_000, warmup_min_runs=1, warmup_min_ms=500, timeout_s=30
)


def on_phone(
    phone: VirtualPhone, folder: Path, log: Log, settings: RunSettings = SETTINGS
) -> Measurement:
    program = folder / "benchmark_model"
    program.write_text(stub_of(log))
    engine = BenchmarkModelEngine(program)
    device = open_phone(phone.serial)
    engine.install(device)
    command = engine.command(device, device.install(MODEL), settings)
    lines = list(device.stream(command.argv, timeout_s=60, environment=command.environment))
    return fold_events(engine.events(lines))


@pytest.mark.parametrize("generation", ["litert-2.1", "compiled-2.1"])
def test_a_phone_runs_the_program_and_its_words_arrive_whole(
    phone: VirtualPhone, tmp_path: Path, generation: str
) -> None:
    log = log_of(generation, draw(random.Random(1)))
    measurement = on_phone(phone, tmp_path, log)

    assert measurement.summary is not None
    assert measurement.summary.max_ns == max(log.truth.timed_us) * 1000
    assert measurement.loaded.model_sha256 == sha256_of(MODEL)
    assert measurement.loaded.library_sha256 == sha256_of(tmp_path / "benchmark_model")


def test_a_phones_core_is_pinned_by_a_bare_hex_mask(phone: VirtualPhone, tmp_path: Path) -> None:
    log = log_of("litert-2.1", draw(random.Random(1)))
    on_phone(phone, tmp_path, log, replace(SETTINGS, cpu=7))
    # Noted and checked by the virtual phone, whose cores are made up; the kernel's are this machine's.
    assert set(phone.read("/phone/masks").split()) == {"80"}


def test_a_core_that_a_phone_has_not_is_refused(phone: VirtualPhone, tmp_path: Path) -> None:
    log = log_of("litert-2.1", draw(random.Random(1)))
    with pytest.raises(RunnerError, match="could not be pinned"):
        on_phone(phone, tmp_path, log, replace(SETTINGS, cpu=60))


def test_a_status_other_than_0_arrives_from_a_phone(phone: VirtualPhone, tmp_path: Path) -> None:
    log = replace(log_of("litert-2.1", draw(random.Random(1))), status=7, stderr="ERROR: no\n")
    with pytest.raises(RunnerGaveUp, match="status 7: ERROR: no"):
        on_phone(phone, tmp_path, log)


def nothing_runs_soon(phone: VirtualPhone) -> bool:
    """The watcher of busybox' `timeout` looks once a second whether what it watches has ended, and ends then."""
    for _ in range(50):
        if not phone.processes():
            return True
        time.sleep(0.1)
    return False


def test_a_campaign_on_a_phone_keeps_summaries_and_puts_the_phone_back(
    phone: VirtualPhone, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GHOSTBENCH_STATE_DIR", str(tmp_path / "state"))
    program = tmp_path / "benchmark_model"
    program.write_text(stub_of(log_of("litert-2.1", draw(random.Random(1)))))
    before = phone.settings()
    asked = how(phone, tmp_path, rounds=2, settings=SETTINGS)

    outcome = time_tiny(replace(asked, engine="benchmark_model", runner=str(program)))

    assert not outcome.failures
    for record in records_in(tmp_path):
        assert record.measurement is not None
        assert record.measurement.summary is not None
        assert record.engine.name == "benchmark_model"
    assert phone.settings() == before
    assert nothing_runs_soon(phone)
