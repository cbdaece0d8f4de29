"""Every kind of device for the conformance suite; a virtual phone is started once and shared by its tests."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from ghostbench.core.device import Device
from ghostbench.device.android import open_phone
from ghostbench.device.host import HostDevice
from ghostbench.device.simulated import SimulatedDevice
from tests.phone.conftest import adb_server, phone_environment, phone_root, session_adb_server
from tests.virtual_phone.adb_server import AdbServer
from tests.virtual_phone.phone import VirtualPhone

__all__ = ["adb_server", "phone_environment", "phone_root", "session_adb_server"]
PHONE = "virtual phone"


@pytest.fixture(scope="session")
def shared_phone(session_adb_server: AdbServer, phone_root: Path) -> Iterator[VirtualPhone]:
    """One phone for tests that leave nothing on it that others would see."""
    with VirtualPhone(session_adb_server, root=phone_root) as phone:
        yield phone


def opened(kind: str, request: pytest.FixtureRequest) -> Device:
    """The device of that kind; skips or fails the test where there can be no phone."""
    if kind == PHONE:
        request.getfixturevalue("phone_environment")
        phone: VirtualPhone = request.getfixturevalue("shared_phone")
        return open_phone(phone.serial)
    return HostDevice() if kind == "host" else SimulatedDevice()


@pytest.fixture(params=["host", PHONE])
def device(request: pytest.FixtureRequest) -> Device:
    """A device that runs any command."""
    return opened(request.param, request)


@pytest.fixture(params=["host", "simulated", PHONE])
def any_device(request: pytest.FixtureRequest) -> Device:
    """A device that runs the runner at least."""
    return opened(request.param, request)
