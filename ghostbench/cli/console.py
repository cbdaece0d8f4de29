"""What the terminal shows: records on stdout, everything else on stderr."""

import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from types import TracebackType
from typing import TYPE_CHECKING, Any, Self

from ghostbench.core.progress import Progress

if TYPE_CHECKING:
    from rich.progress import Progress as Bars

# Without a terminal, a line is printed this often at most, so that a log stays readable.
QUIET_INTERVAL_S = 15.0


def print_json(value: object) -> None:
    """Print a value, or a list of values, as JSON on stdout; lists of numbers stay on one line."""
    import json
    import re

    from ghostbench.core.strict import to_plain

    text = json.dumps(to_plain(value), indent=2, ensure_ascii=False)
    numbers = re.compile(r"\[\s+(-?[\d.e+-]+(?:,\s+-?[\d.e+-]+)*)\s+\]")
    sys.stdout.write(numbers.sub(lambda m: f"[{' '.join(m[1].split())}]", text) + "\n")


def print_table(columns: Sequence[str], rows: Sequence[Sequence[str]], *, left: int = 1) -> None:
    """Print a table on stdout; the first `left` columns are text, the others numbers.

    Plain aligned text: it survives pipes, logs and copying, and a row is never broken over two lines.
    """
    widths = [max(len(str(row[i])) for row in (columns, *rows)) for i in range(len(columns))]
    for row in (columns, *rows):
        cells = [
            str(cell).ljust(width) if i < left else str(cell).rjust(width)
            for i, (cell, width) in enumerate(zip(row, widths, strict=True))
        ]
        sys.stdout.write("  ".join(cells).rstrip() + "\n")


def note(line: str) -> None:
    """Print one line of prose on stderr."""
    sys.stderr.write(line + "\n")


def told_as_defect(error: Exception) -> str:
    """One line for what should never have happened."""
    told = f"{type(error).__name__}: {error}".splitlines()[0]
    return f"a defect in ghostbench: {told} (--debug shows where; please report it)"


class BarProgress:
    """Progress as a bar on a terminal; with a name, one of several bars that stand below each other."""

    def __init__(self, name: str = "", *, beside: "BarProgress | None" = None) -> None:
        self._prefix = f"{name}: " if name else ""
        self._task: Any = None
        if beside:
            self._bars: Bars = beside._bars
            return
        from rich.console import Console
        from rich.progress import (
            BarColumn,
            MofNCompleteColumn,
            TextColumn,
            TimeElapsedColumn,
            TimeRemainingColumn,
        )
        from rich.progress import Progress as NewBars

        self._bars = NewBars(
            TextColumn("{task.description}"),
            BarColumn(bar_width=24),
            MofNCompleteColumn(),
            TimeElapsedColumn(),
            TextColumn("left:"),
            TimeRemainingColumn(),
            TextColumn("{task.fields[doing]}", style="dim"),
            console=Console(stderr=True),
            speed_estimate_period=600,
        )

    def __enter__(self) -> Self:
        self._bars.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._bars.stop()

    def start(self, title: str, *, steps: int, expected_s: float | None = None) -> None:
        """A stage begins."""
        self._end_stage()
        guess = f"about {expected_s:.0f} s" if expected_s else ""
        self._task = self._bars.add_task(self._prefix + title, total=steps, doing=guess)

    def doing(self, what: str) -> None:
        """What is being done now."""
        if self._task is not None:
            self._bars.update(self._task, doing=what)

    def step(self, steps: int = 1) -> None:
        """That many steps more are done."""
        if self._task is not None:
            self._bars.advance(self._task, steps)

    def say(self, line: str) -> None:
        """A line that stays above the bar."""
        line = _with_name(self._prefix, line)
        self._bars.console.print(line, highlight=False, markup=False, soft_wrap=True)

    def _end_stage(self) -> None:
        if self._task is not None:
            self._bars.update(self._task, doing="")


class LineProgress:
    """Progress as a line now and then, for logs and pipes; with a name, one of several that write there."""

    def __init__(self, name: str = "") -> None:
        self._prefix = f"{name}: " if name else ""
        self._title, self._steps, self._done, self._what = "", 0, 0, ""
        self._started = self._told = time.monotonic()

    def start(self, title: str, *, steps: int, expected_s: float | None = None) -> None:
        """A stage begins."""
        self._title, self._steps, self._done, self._what = self._prefix + title, steps, 0, ""
        self._started = self._told = time.monotonic()
        note(f"{self._title}: {steps}" + (f", about {expected_s:.0f} s" if expected_s else ""))

    def doing(self, what: str) -> None:
        """What is being done now."""
        self._what = what

    def step(self, steps: int = 1) -> None:
        """That many steps more are done."""
        self._done += steps
        now = time.monotonic()
        if now - self._told >= QUIET_INTERVAL_S or self._done == self._steps:
            self._told = now
            elapsed = now - self._started
            left = elapsed / self._done * (self._steps - self._done)
            ending = (
                f"about {left:.0f} s left, {self._what}" if left else f"done in {elapsed:.0f} s"
            )
            note(f"{self._title}: {self._done} of {self._steps}, {ending}")

    def say(self, line: str) -> None:
        """A line."""
        note(_with_name(self._prefix, line))


@contextmanager
def progress() -> Iterator[Progress]:
    """The progress display that fits where stderr goes."""
    if sys.stderr.isatty():
        with BarProgress() as bars:
            yield bars
    else:
        yield LineProgress()


@contextmanager
def progress_of_each() -> Iterator[Callable[[str], Progress]]:
    """Progress for several that work at the same time: gives one to each name."""
    if sys.stderr.isatty():
        with BarProgress() as bars:
            yield lambda name: BarProgress(name, beside=bars)
    else:
        yield LineProgress


def _with_name(prefix: str, line: str) -> str:
    """Most that is told of a phone begins with its serial anyway."""
    return line if line.startswith(prefix) else prefix + line
