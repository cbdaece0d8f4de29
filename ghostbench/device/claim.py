"""One ghostbench at a time on a phone: a lock on this machine, and a lease on the phone against other machines.

The lease is held by a shell on the phone that waits for its stdin to end. It goes by itself when this process, this
machine, the connection or the phone dies, so nothing stale can lock a phone for good.
"""

import fcntl
import json
import os
import shlex
import socket
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

from ghostbench.core.errors import DeviceError, TransientError
from ghostbench.device.adb import AdbPhone
from ghostbench.device.adb_shell import HeldShell
from ghostbench.device.journal import phone_file

POLL_S = 2.0
LEASE_TIMEOUT_S = 15.0

# $1 is the owner's text. The word ghostbench-lease in the command line tells a living holder from another process
# that got the same number later, which after a restart may be this very shell. A holder that has not yet written its
# number is given a second.
LEASE_SCRIPT = """d=/data/local/tmp/ghostbench/lease
mkdir -p /data/local/tmp/ghostbench
if ! mkdir $d 2>/dev/null; then
p=; { read -r p < $d/pid; } 2>/dev/null
if [ -z "$p" ]; then sleep 1; { read -r p < $d/pid; } 2>/dev/null; fi
if [ -n "$p" ] && [ "$p" != $$ ] && grep -q ghostbench-lease /proc/$p/cmdline 2>/dev/null
then echo busy; cat $d/owner; exit 75; fi
rm -rf $d; mkdir $d || exit 76
fi
if ! { echo "$1" > $d/owner && echo $$ > $d/pid; } 2>/dev/null; then rm -rf $d; echo full; exit 77; fi
echo ready
read -r line; rm -rf $d"""


class PhoneBusy(DeviceError):
    """Another ghostbench has the phone."""


@contextmanager
def claim_phone(
    phone: AdbPhone,
    *,
    wait_s: float = 0.0,
    folder: Path | None = None,
    sleep: Callable[[float], None] = time.sleep,
    say: Callable[[str], None] = lambda line: None,
) -> Iterator["Claim"]:
    """Have the phone to ourselves; waits up to `wait_s` for whoever has it, then raises PhoneBusy naming them."""
    until = time.monotonic() + wait_s
    with _locked(phone.serial, folder, until, sleep, say):
        while True:
            with _leased(phone) as (claim, holder):
                if claim:
                    yield claim
                    return
            _wait_or_raise(phone.serial, holder, until, sleep, say)


class Claim:
    """A phone that is ours as long as the connection that holds the lease lives."""

    def __init__(self, serial: str, holder: HeldShell) -> None:
        self._serial, self._holder = serial, holder

    def check(self) -> None:
        """Raises TransientError when the lease was lost: the connection was cut, or the phone restarted."""
        if not self._holder.runs():
            raise TransientError(
                f"{self._serial}: the connection that kept the phone for us was lost; "
                "another ghostbench may have used it since"
            )


def owner_text() -> str:
    """Who we are, for whoever has to wait for us."""
    command = shlex.join([Path(sys.argv[0]).name, *sys.argv[1:]])[:200].replace("\n", " ")
    since = datetime.now(UTC).strftime("%Y-%m-%d %H:%M:%S UTC")
    return f"process {os.getpid()} on {socket.gethostname()} ({command}) since {since}"


@contextmanager
def _leased(phone: AdbPhone) -> Iterator[tuple[Claim | None, str]]:
    command = ["sh", "-c", LEASE_SCRIPT, "ghostbench-lease", owner_text()]
    with phone.hold_open(command, step="claiming the phone", timeout_s=LEASE_TIMEOUT_S) as (
        holder,
        lines,
    ):
        if lines == ["full"]:
            raise DeviceError(
                f"{phone.serial}: nothing can be written to the phone's storage; free some space there"
            )
        if "ready" not in lines:
            yield None, " ".join(line for line in lines if line != "busy") or "another ghostbench"
            return
        try:
            yield Claim(phone.serial, holder), ""
        finally:
            holder.end()


@contextmanager
def _locked(
    serial: str,
    folder: Path | None,
    until: float,
    sleep: Callable[[float], None],
    say: Callable[[str], None],
) -> Iterator[None]:
    path = phone_file(serial, ".lock", folder)
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("a+") as file:
        while True:
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
                break
            except BlockingIOError:
                _wait_or_raise(serial, _owner_in(path), until, sleep, say)
        file.truncate(0)
        file.write(json.dumps({"owner": owner_text()}))
        file.flush()
        try:
            yield
        finally:
            file.truncate(0)


def _owner_in(path: Path) -> str:
    try:
        return str(json.loads(path.read_text())["owner"])
    except (OSError, ValueError, KeyError, TypeError):
        return "another ghostbench"


def _wait_or_raise(
    serial: str,
    holder: str,
    until: float,
    sleep: Callable[[float], None],
    say: Callable[[str], None],
) -> None:
    left = until - time.monotonic()
    if left <= 0:
        raise PhoneBusy(f"{serial} is in use by {holder}; wait until it has ended, or end it")
    say(f"{serial} is in use by {holder}; waiting up to {left:.0f} s")
    sleep(min(POLL_S, left))
