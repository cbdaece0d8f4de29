"""Several phones at once beside one: `ghostbench run FILE --device A --device B ...` on virtual phones.

Run: python -m benchmarks.phones_at_once [--phones 8]. The phones share this machine, and on x86-64 their Arm programs
are emulated, so a stub stands in for the runner: a `benchmark_model` that sleeps as long as it says it measures, as a
real phone would work without using this machine. What is compared is then ghostbench's own side.
"""

import argparse
import os
import random
import stat
import tempfile
import time
from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path

from ghostbench.core.plan import RunSettings
from ghostbench.core.progress import Progress, Silence
from ghostbench.workflows.measure import HowToMeasure

ROUNDS = 5
BLOCK_S = 3.0


def main() -> None:
    """Measure and print."""
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--phones", type=int, default=8)
    most = arguments.parse_args().phones
    from tests.virtual_phone.adb_server import AdbServer
    from tests.virtual_phone.phone import VirtualPhone

    server = AdbServer()
    server.ensure_running()
    with ExitStack() as undo:
        undo.callback(server.end)
        folder = Path(undo.enter_context(tempfile.TemporaryDirectory()))
        os.environ.update(server.environment)
        os.environ["GHOSTBENCH_STATE_DIR"] = str(folder / "state")
        phones = [undo.enter_context(VirtualPhone(server)) for _ in range(most)]
        for phone in phones:
            phone.connect()
        serials = [phone.serial for phone in phones]
        stub = _stub(folder)
        _seconds(serials, stub, folder / "first")  # pushes everything
        one, one_busy = _seconds(serials[:1], stub, folder / "one")
        all_s, all_busy = _seconds(serials, stub, folder / "all")
    print(
        f"{ROUNDS} blocks of {BLOCK_S:g} s on each phone, load {os.getloadavg()[0]:.1f} on {os.cpu_count()} cores"
    )
    print(f"1 phone   {one:6.1f} s, of which this side worked {one_busy:.1f} s")
    print(
        f"{most} phones  {all_s:6.1f} s, of which this side worked {all_busy:.1f} s; {all_s / one:.2f} times one"
    )
    print(f"one after another they would take about {most * one:.0f} s")


def _stub(folder: Path) -> Path:
    from tests.fixtures.benchmark_model.corpus import draw, log_of, stub_of

    text = stub_of(log_of("litert-2.1", draw(random.Random(1))))
    first, _, rest = text.partition("\n")
    stub = folder / "benchmark_model"
    stub.write_text(f"{first}\nsleep {BLOCK_S:g}\n{rest}")
    stub.chmod(stub.stat().st_mode | stat.S_IXUSR)
    return stub


def _silent(name: str) -> Progress:
    return Silence()


def _seconds(serials: Sequence[str], stub: Path, workspace: Path) -> tuple[float, float]:
    """How long the campaigns took, and how much of this process' processor time."""
    from ghostbench.workflows.many_devices import run_on_each
    from tests.phone.lab import CORE, TINY

    settings = RunSettings(
        min_runs=50, min_ms=1000, max_ms=150_000, warmup_min_runs=1, warmup_min_ms=500, timeout_s=60
    )
    how = HowToMeasure(
        engine="benchmark_model", runner=str(stub), core=CORE, rounds=ROUNDS, workspace=workspace
    )
    began, busy = time.monotonic(), time.process_time()
    ended = run_on_each(
        [str(TINY)], devices=serials, how=replace(how, settings=settings), progress_of=_silent
    )
    for one in ended:
        if one.outcome is None or one.outcome.failures:
            raise SystemExit(f"{one.device}: {one.error or one.outcome}")
    return time.monotonic() - began, time.process_time() - busy


if __name__ == "__main__":
    main()
