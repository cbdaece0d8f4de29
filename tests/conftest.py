"""What holds for every test: none meets a developer's adb server, and none depends on how fast the machine is.

Whoever does not ask for the tests' own adb server finds none and can start none.
"""

import signal
from collections.abc import Iterator

import pytest
from hypothesis import HealthCheck, settings

from tests.virtual_phone.ports import port_of, reserve

# Hypothesis fails what takes longer than 0.2 s, or long to make up, as anything does on a busy or emulated machine.
settings.register_profile("any speed", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("any speed")

# Who starts the tests in the background has interrupts ignored (`make test &`), and every process that a test starts
# would inherit that, also those that a test interrupts.
if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)

NO_ADB = (
    '#!/bin/sh\n[ "$1" = version ] && exit 0\necho "a test asked for an adb server" >&2\nexit 1\n'
)


@pytest.fixture(scope="session", autouse=True)
def _no_adb_server_but_the_tests_own(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    program = tmp_path_factory.mktemp("no-adb") / "adb"
    program.write_text(NO_ADB)
    program.chmod(0o755)
    # Bound and not listened to, so nobody else can listen there either.
    with reserve() as holder, pytest.MonkeyPatch.context() as patch:
        for name in ("ADB_SERVER_SOCKET", "ANDROID_ADB_SERVER_ADDRESS", "ANDROID_ADB_SERVER_HOST"):
            patch.delenv(name, raising=False)
        patch.setenv("ANDROID_ADB_SERVER_PORT", str(port_of(holder)))
        patch.setenv("ADBUTILS_ADB_PATH", str(program))
        yield
