"""Which core is measured on where nobody says: where cores are fast and slow, and where they are all alike."""

import pytest

from ghostbench.core.device import Core, DeviceInfo
from ghostbench.core.errors import UsageError
from ghostbench.core.plan import RunSettings
from ghostbench.device.host import HostDevice
from ghostbench.workflows.measure import HowToMeasure, open_bench


def machine(monkeypatch: pytest.MonkeyPatch, *clusters: str) -> None:
    info = DeviceInfo(
        name="host",
        kind="host",
        title="Example Board",
        machine="aarch64",
        os="Linux",
        kernel="6",
        cores=tuple(Core(index=i, cluster=name) for i, name in enumerate(clusters)),
    )
    monkeypatch.setattr(HostDevice, "info", lambda _: info)


def chosen(core: str | None = None, threads: int = 1) -> int | None:
    return open_bench(HowToMeasure(core=core, settings=RunSettings(threads=threads))).settings.cpu


def test_fast_and_slow_cores_are_not_mixed_unless_somebody_wants_that(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    machine(monkeypatch, "little", "little", "big", "big")
    assert chosen() == 3
    assert chosen("little") == 1
    assert chosen("0") == 0
    assert chosen("any") is None


def test_several_threads_are_not_put_on_one_core(monkeypatch: pytest.MonkeyPatch) -> None:
    machine(monkeypatch, "little", "big")
    assert chosen(threads=2) is None
    assert chosen("big", threads=2) == 1


def test_between_equal_cores_the_system_chooses(monkeypatch: pytest.MonkeyPatch) -> None:
    machine(monkeypatch, "all", "all")
    assert chosen() is None
    assert chosen("1") == 1


@pytest.mark.parametrize("core", ["2", "prime", "-1", "first"])
def test_a_core_that_is_not_there_is_refused(monkeypatch: pytest.MonkeyPatch, core: str) -> None:
    machine(monkeypatch, "all", "all")
    with pytest.raises(UsageError, match=r"no (core|cluster)"):
        chosen(core)
