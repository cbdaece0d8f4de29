"""Virtual phones for tests; tests/virtual_phone/README.md says how to use them."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from ghostbench.engine.bundle import Bundle
from ghostbench.engine.bundle_build import have_bundle
from ghostbench.engine.bundle_wheel import CannotFetch as CannotFetchPiece
from tests.virtual_phone.adb_server import AdbServer
from tests.virtual_phone.apt import CannotFetch
from tests.virtual_phone.kernel import Kernel, have_kernel
from tests.virtual_phone.machine import DEFAULT_PERSONALITY as MACHINE_PERSONALITY
from tests.virtual_phone.machine import EmulatedMachine
from tests.virtual_phone.machine_requirements import (
    PAGES_VARIABLE,
    WANT_VARIABLE,
    is_set,
    what_a_machine_lacks,
)
from tests.virtual_phone.phone import DATA_BYTES, DEFAULT_PERSONALITY, VirtualPhone
from tests.virtual_phone.requirements import phone_is_required, what_is_missing
from tests.virtual_phone.rootfs import root_file_system

StartPhone = Callable[..., VirtualPhone]
StartMachine = Callable[..., EmulatedMachine]


@pytest.fixture(scope="session")
def phone_root() -> Path:
    """The phones' root file system; skips the test where there can be no phones."""
    reason = what_is_missing()
    if reason is None:
        try:
            return root_file_system()
        except CannotFetch as cause:
            reason = f"the virtual phone cannot be built: {cause}"
    if phone_is_required():
        pytest.fail(reason)
    pytest.skip(reason)


@pytest.fixture
def arm_program(phone_root: Path) -> Path:
    """A small static AArch64 program: says "this is AArch64"; with an argument it then runs until it is killed."""
    return phone_root / "phone/arm_program"


@pytest.fixture(scope="session")
def session_adb_server(phone_root: Path) -> Iterator[AdbServer]:
    """One private adb server for all tests of this process."""
    server = AdbServer()
    yield server
    server.end()


@pytest.fixture
def adb_server(session_adb_server: AdbServer) -> AdbServer:
    """The private adb server, running."""
    session_adb_server.ensure_running()
    return session_adb_server


@pytest.fixture
def phone_environment(adb_server: AdbServer, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever looks for an adb server finds the private one."""
    for name, value in adb_server.environment.items():
        monkeypatch.setenv(name, value)


@pytest.fixture
def start_phone(
    adb_server: AdbServer, phone_root: Path, phone_environment: None
) -> Iterator[StartPhone]:
    """Starts phones, which end with the test."""
    with ExitStack() as phones:

        def start(
            personality: str = DEFAULT_PERSONALITY,
            *,
            data_bytes: int = DATA_BYTES,
            connect: bool = True,
        ) -> VirtualPhone:
            phone = VirtualPhone(adb_server, personality, data_bytes=data_bytes, root=phone_root)
            phones.enter_context(phone)
            if connect:
                phone.connect()
            return phone

        yield start


@pytest.fixture
def phone(start_phone: StartPhone, request: pytest.FixtureRequest) -> VirtualPhone:
    """A fresh phone, connected; `parametrize("phone", [...], indirect=True)` names another personality."""
    return start_phone(getattr(request, "param", DEFAULT_PERSONALITY))


@pytest.fixture(scope="session")
def phone_bundle() -> Bundle:
    """The bundle that phones need, made once; skips the test where a piece of it cannot be had."""
    try:
        return have_bundle()
    except CannotFetchPiece as cause:
        reason = f"the bundle for phones cannot be made: {cause}"
    if phone_is_required():
        pytest.fail(reason)
    pytest.skip(reason)


# Emulated machines. One serves all tests of a process, put right before each.


@pytest.fixture(scope="session")
def machine_kernel(phone_root: Path) -> Kernel:
    """The kernel of emulated machines; skips the test where nobody asked for them."""
    reason = what_a_machine_lacks()
    if not is_set(WANT_VARIABLE):
        pytest.skip(
            f"emulated machines run where {WANT_VARIABLE}=1 asks for them; {reason or 'all they need is there'}"
        )
    if reason is None:
        try:
            return have_kernel()
        except CannotFetch as cause:
            reason = f"the emulated machine's kernel cannot be had: {cause}"
    pytest.fail(reason)


@pytest.fixture
def machine_environment(phone_environment: None) -> None:
    """Whoever looks for an adb server finds the private one."""


@pytest.fixture
def start_machine(
    adb_server: AdbServer, machine_kernel: Kernel, phone_environment: None
) -> Iterator[StartMachine]:
    """Starts machines, connected, which end with the test."""
    with ExitStack() as machines:

        def start(personality: str = MACHINE_PERSONALITY) -> EmulatedMachine:
            machine = machines.enter_context(EmulatedMachine(adb_server, personality))
            machine.connect()
            return machine

        yield start


@pytest.fixture(scope="session")
def session_machine(
    session_adb_server: AdbServer, machine_kernel: Kernel
) -> Iterator[EmulatedMachine]:
    """The one machine of this process."""
    session_adb_server.ensure_running()
    with EmulatedMachine(session_adb_server) as machine:
        yield machine


@pytest.fixture
def machine(
    adb_server: AdbServer, session_machine: EmulatedMachine, phone_environment: None
) -> EmulatedMachine:
    """An emulated machine, on and connected, whatever the test before did to it."""
    session_machine.put_right()
    return session_machine


@pytest.fixture(scope="session")
def pages_of_16_kb(machine_kernel: Kernel) -> Kernel:
    """The kernel with pages of 16 KB, a large package: fetched for those who ask for it."""
    if not is_set(PAGES_VARIABLE):
        pytest.skip(
            f"the kernel with pages of 16 KB is fetched where {PAGES_VARIABLE}=1 asks for it"
        )
    return have_kernel(16384)
