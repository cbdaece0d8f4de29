import os
from pathlib import Path

import psutil
import pytest

from ghostbench.zoo.capacity import available_memory_bytes, usable_cores, worker_count

GB = 10**9


@pytest.mark.parametrize(
    ("networks", "cores", "memory_bytes", "workers"),
    [(20, 2, 100 * GB, 2), (1, 8, 100 * GB, 1), (20, 8, 6 * GB, 2), (20, 8, 1 * GB, 1)],
)
def test_workers_are_bounded_by_networks_cores_and_memory(
    networks: int, cores: int, memory_bytes: int, workers: int
) -> None:
    found = worker_count(
        networks, cores=cores, memory_bytes=memory_bytes, memory_per_worker_bytes=5 * GB // 2
    )
    assert found == workers


def test_a_container_without_limits_has_what_the_machine_has(tmp_path: Path) -> None:
    (tmp_path / "cpu.max").write_text("max 100000\n")
    (tmp_path / "memory.max").write_text("max\n")
    assert usable_cores(tmp_path) == len(os.sched_getaffinity(0))
    total = psutil.virtual_memory().total
    assert 0 < available_memory_bytes(tmp_path) <= total


def test_a_containers_share_of_time_bounds_the_cores(tmp_path: Path) -> None:
    (tmp_path / "cpu.max").write_text("50000 100000\n")
    assert usable_cores(tmp_path) == 1


def test_a_containers_limit_bounds_the_memory(tmp_path: Path) -> None:
    (tmp_path / "memory.max").write_text("2000000\n")
    (tmp_path / "memory.current").write_text("1500000\n")
    (tmp_path / "memory.stat").write_text("anon 1\ninactive_file 300000\nactive_file 7\n")
    assert available_memory_bytes(tmp_path) == 800_000
