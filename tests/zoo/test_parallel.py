import sys
import time
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest

from ghostbench.core.artifact import Artifact
from ghostbench.core.progress import Silence
from ghostbench.zoo.build_messages import BuildFailure, NetworkJob
from ghostbench.zoo.parallel import Outcome, build_all
from ghostbench.zoo.worker_process import WorkerProcess
from tests.zoo.recipes import recipe

COMMAND = (sys.executable, str(Path(__file__).parent / "acting_worker.py"))


def start(log: Path, threads: int) -> WorkerProcess:
    return WorkerProcess(log, threads, command=COMMAND)


def build(
    folder: Path, *names: str, workers: int = 2, timeout_s: float = 30.0, precisions: str = "fp32"
) -> Iterator[Outcome]:
    jobs = [
        NetworkJob(
            recipes=tuple(recipe(name=name, precision=p) for p in precisions.split()),
            folder=folder,
            scratch=folder,
        )
        for name in names
    ]
    return build_all(
        jobs,
        workers=workers,
        threads=1,
        logs=folder,
        progress=Silence(),
        timeout_s=timeout_s,
        start_worker=start,
    )


def by_name(outcomes: Iterator[Outcome]) -> dict[str, Outcome]:
    return {f"{outcome.name} {outcome.precision}": outcome for outcome in outcomes}


def failure(outcomes: dict[str, Outcome], name: str) -> BuildFailure:
    outcome = outcomes[name]
    assert isinstance(outcome, BuildFailure)
    return outcome


def built(outcomes: dict[str, Outcome]) -> list[str]:
    return sorted(name for name, outcome in outcomes.items() if isinstance(outcome, Artifact))


def test_every_file_of_every_network_is_built(tmp_path: Path) -> None:
    outcomes = by_name(build(tmp_path, "a", "b", "c", precisions="fp32 int8"))
    assert built(outcomes) == ["a fp32", "a int8", "b fp32", "b int8", "c fp32", "c int8"]


def test_a_worker_builds_one_network_after_the_other(tmp_path: Path) -> None:
    outcomes = by_name(build(tmp_path, "a", "b", "c", workers=1))
    assert len({o.title for o in outcomes.values() if isinstance(o, Artifact)}) == 1


def test_two_workers_build_side_by_side(tmp_path: Path) -> None:
    outcomes = by_name(build(tmp_path, "slow-a", "slow-b", "slow-c", workers=2))
    assert len({o.title for o in outcomes.values() if isinstance(o, Artifact)}) == 2


def test_a_worker_that_has_grown_too_large_is_replaced(tmp_path: Path) -> None:
    outcomes = by_name(build(tmp_path, "large-a", "large-b", workers=1))
    assert len({o.title for o in outcomes.values() if isinstance(o, Artifact)}) == 2


def test_a_network_that_fails_stops_no_other_and_its_log_is_shown(tmp_path: Path) -> None:
    outcomes = by_name(build(tmp_path, "fails", "a"))
    assert built(outcomes) == ["a fp32"]
    assert failure(outcomes, "fails fp32").log == "what the tools said"


def test_a_killed_worker_loses_one_file_and_what_is_left_is_built_by_another(
    tmp_path: Path,
) -> None:
    outcomes = by_name(build(tmp_path, "killed", "a", "b", precisions="fp32 fp16 int8"))
    assert len(outcomes) == 9
    assert "killed fp16" not in built(outcomes)
    assert len(built(outcomes)) == 8
    told = failure(outcomes, "killed fp16").error
    assert told.startswith("killed: the process that built it was killed, most likely because")


def test_a_worker_that_grew_beyond_its_memory_is_told_of_with_what_to_do(tmp_path: Path) -> None:
    outcomes = by_name(build(tmp_path, "grows", "a"))
    assert built(outcomes) == ["a fp32"]
    told = failure(outcomes, "grows fp32").error
    assert "it took more than the" in told
    assert "GHOSTBENCH_BUILD_MEMORY_GB" in told


def test_a_worker_that_cannot_work_fails_its_network_once_and_for_all(tmp_path: Path) -> None:
    outcomes = by_name(build(tmp_path, "exits", "a", precisions="fp32 fp16"))
    assert built(outcomes) == ["a fp16", "a fp32"]
    for name in ("exits fp32", "exits fp16"):
        assert (
            failure(outcomes, name).error == "exits: the process that built it ended with status 3"
        )
        assert failure(outcomes, name).log == "the last words"


def test_a_file_that_takes_too_long_is_given_up_and_the_next_one_is_built(tmp_path: Path) -> None:
    started = time.monotonic()
    outcomes = by_name(build(tmp_path, "hangs", "a", timeout_s=3.0, precisions="fp32 int8"))
    assert time.monotonic() - started < 30
    assert built(outcomes) == ["a fp32", "a int8", "hangs int8"]
    assert "did not end within 3 s" in failure(outcomes, "hangs fp32").error


def test_ending_early_ends_the_workers(tmp_path: Path) -> None:
    before = {child.pid for child in psutil.Process().children()}
    outcomes = build(tmp_path, "a", "hangs-b", "hangs-c", workers=2)
    next(outcomes)
    assert {child.pid for child in psutil.Process().children()} - before
    outcomes.close()  # type: ignore[attr-defined]  # it is a generator
    assert {child.pid for child in psutil.Process().children()} - before == set()


def test_a_command_that_is_not_there_is_an_error_of_the_system(tmp_path: Path) -> None:
    with pytest.raises(OSError, match="no-such-program"):
        WorkerProcess(tmp_path / "log", 1, command=("no-such-program",))
