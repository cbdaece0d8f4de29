"""How long `ghostbench run FILE --device SERIAL` takes to its first sample, and where that time goes.

Run: python -m benchmarks.phone_start [--repeats N]. A virtual phone, with everything pushed already. Each repeat is a
fresh process; every share is a stretch of its time, cut where one of ghostbench's own steps begins or ends. The runner
is an Arm program: on another machine qemu emulates it, and its share is told apart.
"""

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from functools import wraps
from itertools import pairwise
from pathlib import Path
from typing import Any

REPEATS = 9
GOAL_S = 2.0
INNER = "GHOSTBENCH_PHONE_START_MARKS"
# In the order in which they come; what lies between two others is part of `prepare`.
SHARES: Mapping[str, str] = {
    "interpreter": "Python starts and imports the command line",
    "command": "options, which files, results folder",
    "connect": "ask the adb server for the phone",
    "info": "ask the phone what it is",
    "bundle": "look for the bundle and compare its digests",
    "model": "read the model file",
    "settings": "change settings: read, write, read back",
    "plan": "write the plan",
    "checks": "look whether it can be measured now",
    "verify": "compare SHA-256 of all files on the phone",
    "prepare": "claim the phone, read its state for the checks, imports that are left",
    "state": "read the phone's state before the block",
    "start": "start the runner there, up to its first line",
    "emulated": "the runner, up to its first inference (emulated on this machine)",
}
# The share that begins, when, and the processor time used by then.
Marks = list[tuple[str, float, float]]


def main() -> None:
    """Measure and print."""
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--repeats", type=int, default=REPEATS)
    repeats = arguments.parse_args().repeats
    with _phone() as (serial, folder):
        _run(serial, folder)  # pushes everything, and warms caches
        runs = [_run(serial, folder) for _ in range(repeats)]
    totals = [sum(waited for waited, _ in run.values()) for run in runs]
    ours = [total - run["emulated"][0] for total, run in zip(totals, runs, strict=True)]
    used = [sum(busy for _, busy in run.values()) for run in runs]
    print(f"{repeats} fresh processes, load {os.getloadavg()[0]:.1f} on {os.cpu_count()} cores\n")
    print(
        f"{'share':12} {'median':>8} {'from':>7} {'to':>7} {'busy':>7}  ms; busy: this command's processor time"
    )
    for name, meaning in SHARES.items():
        waited, busy = zip(*(run[name] for run in runs), strict=True)
        _print_row(name, waited, busy, meaning)
    _print_row("all", totals, used, "process start to the first sample")
    _print_row("ours", ours, used, "the same without what is emulated")
    verdict = "held" if statistics.median(totals) <= GOAL_S else "missed"
    print(f"at most {GOAL_S:g} s: {verdict}")


def _print_row(name: str, seconds: Sequence[float], busy: Sequence[float], meaning: str) -> None:
    low, middle, high = (1e3 * f(seconds) for f in (min, statistics.median, max))
    used = 1e3 * statistics.median(busy)
    print(f"{name:12} {middle:8.0f} {low:7.0f} {high:7.0f} {used:7.0f}  {meaning}")


@contextmanager
def _phone() -> Iterator[tuple[str, Path]]:
    from tests.virtual_phone.adb_server import AdbServer
    from tests.virtual_phone.phone import VirtualPhone

    server = AdbServer()
    server.ensure_running()
    with ExitStack() as undo:
        undo.callback(server.end)
        folder = Path(undo.enter_context(tempfile.TemporaryDirectory()))
        # The bundle is the user's own; everything else is the virtual phone's.
        home = os.environ.get("XDG_CACHE_HOME") or str(Path.home() / ".cache")
        os.environ.update(server.environment)
        os.environ["XDG_CACHE_HOME"] = home
        os.environ["GHOSTBENCH_STATE_DIR"] = str(folder / "state")
        phone = undo.enter_context(VirtualPhone(server))
        phone.connect()
        yield phone.serial, folder


def _run(serial: str, folder: Path) -> dict[str, tuple[float, float]]:
    from tests.phone.lab import CORE, TINY

    marks_file = folder / "marks.json"
    command = [sys.executable, "-m", "benchmarks.phone_start", "run", str(TINY), "--core", CORE]
    command += ["--device", serial, "--rounds", "1", "--min-ms", "1", "--no-cooling"]
    # Compiled once and kept, as where it is installed; whatever this shell says of that.
    own = {INNER: str(marks_file), "PYTHONPYCACHEPREFIX": str(folder / "compiled")}
    own |= {"PYTHONPATH": str(Path(__file__).parents[1]), "PYTHONDONTWRITEBYTECODE": ""}
    began = time.monotonic()
    ended = subprocess.run(
        command,
        cwd=folder,
        env={**os.environ, **own},
        capture_output=True,
        text=True,
        check=False,
    )
    if ended.returncode:
        raise SystemExit(ended.stderr)
    marks: Marks = [("interpreter", began, 0.0), *json.loads(marks_file.read_text())]
    shares = dict.fromkeys(SHARES, (0.0, 0.0))
    for (name, start, busy), (_, stop, busy_then) in pairwise(marks):
        if name == "end":
            break
        waited, used = shares[name]
        shares[name] = (waited + stop - start, used + busy_then - busy)
    return shares


# Within the measured process.


def _measured(marks_file: Path) -> None:
    """The command itself, with a mark wherever a step begins and ends."""
    from ghostbench.cli.main import main as command

    marks: Marks = [_mark("command")]
    _mark_steps(marks)
    status = command(sys.argv[1:])
    marks_file.write_text(json.dumps(marks))
    sys.exit(status)


def _mark(share: str) -> tuple[str, float, float]:
    return share, time.monotonic(), time.process_time()


def _mark_steps(marks: Marks) -> None:
    from ghostbench.device import adb, android, session_settings
    from ghostbench.engine import bundle
    from ghostbench.store import campaign
    from ghostbench.workflows import borrowed_phone, run

    steps: list[tuple[Any, str, str]] = [
        (android, "open_phone", "connect"),
        (android.AndroidDevice, "info", "info"),
        (bundle, "load_bundle", "bundle"),
        (run, "given_file", "model"),
        (session_settings, "change_settings", "settings"),
        (campaign, "write_plan", "plan"),
        (borrowed_phone.BorrowedPhone, "_look_before", "checks"),
        (android.AndroidDevice, "install_all", "verify"),
        (borrowed_phone.BorrowedPhone, "state", "state"),
    ]
    for owner, name, share in steps:
        setattr(owner, name, _marked(getattr(owner, name), share, marks))
    adb.AdbPhone.stream = _marked_stream(adb.AdbPhone.stream, marks)  # type: ignore[method-assign]


def _marked(function: Callable[..., Any], share: str, marks: Marks) -> Callable[..., Any]:
    @wraps(function)
    def call(*given: Any, **named: Any) -> Any:
        marks.append(_mark(share))
        try:
            return function(*given, **named)
        finally:
            marks.append(_mark("prepare"))

    return call


def _marked_stream(function: Callable[..., Any], marks: Marks) -> Callable[..., Any]:
    """Its first line comes when the runner begins; that one's own clock says when its first inference began."""

    def stream(*given: Any, **named: Any) -> Iterator[str]:
        marks.append(_mark("start"))
        began = None
        for line in function(*given, **named):
            if began is None:
                began = time.monotonic()
                marks.append(_mark("emulated"))
            elif '"phase":"first"' in line and marks[-1][0] == "emulated":
                first_s = json.loads(line)["started_ns"] / 1e9
                marks.append(("end", began + first_s, time.process_time()))
            yield line

    return stream


if __name__ == "__main__":
    inner = os.environ.pop(INNER, None)
    if inner:
        _measured(Path(inner))
    else:
        main()
