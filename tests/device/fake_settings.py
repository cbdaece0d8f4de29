"""A phone of settings alone, kept in a file, so that it outlives the process that is killed while changing it."""

import json
import os
import signal
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Self

from ghostbench.core.errors import TransientError
from ghostbench.device.adb import ShellResult

START = {
    "global/stay_on_while_plugged_in": "0",
    "global/low_power": "1",
    "global/window_animation_scale": "1.0",
    "global/transition_animation_scale": "1.0",
    "global/airplane_mode_on": "0",
    "wakefulness": "Asleep",
    "fixed_performance": "false",
}


class FakeSettingsPhone:
    """Understands the commands of `settings.py`."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.commands: list[tuple[str, ...]] = []
        self.gone = False
        self.before_write: Callable[[], None] = lambda: None
        self.points = 0
        self._death = -1
        self._refused: list[str] = []
        self._ignored: list[str] = []

    @classmethod
    def new(cls, path: Path) -> Self:
        path.write_text(json.dumps(START))
        return cls(path)

    def values(self) -> dict[str, str]:
        found: dict[str, str] = json.loads(self.path.read_text())
        return found

    def put(self, key: str, value: str) -> None:
        self._store({**self.values(), key: value})

    def forget(self, key: str) -> None:
        self._store({k: v for k, v in self.values().items() if k != key})

    def _store(self, values: dict[str, str]) -> None:
        fresh = self.path.with_suffix(".fresh")
        fresh.write_text(json.dumps(values))
        fresh.replace(self.path)

    def refuse(self, words: str) -> None:
        self._refused.append(words)

    def ignore(self, words: str) -> None:
        self._ignored.append(words)

    def forget_commands(self) -> None:
        self.commands.clear()

    def die_at(self, point: int) -> None:
        """Kill this process at that point: there is one before and one after each command."""
        self._death = point

    def point(self) -> None:
        if self.points == self._death:
            os.kill(os.getpid(), signal.SIGKILL)
        self.points += 1

    def run(self, argv: Sequence[str], *, step: str, timeout_s: float = 1.0) -> ShellResult:
        self.point()
        if self.gone:
            raise TransientError("phone: gone")
        self.commands.append(tuple(argv))
        line = " ".join(argv)
        if any(words in line for words in self._refused):
            return ShellResult(stdout="", stderr="java.lang.SecurityException: no\n", status=255)
        said = "" if any(words in line for words in self._ignored) else self._act(list(argv))
        self.point()
        return ShellResult(stdout=said, stderr="", status=0)

    def run_all(
        self, commands: Sequence[Sequence[str]], *, step: str, timeout_s: float = 1.0
    ) -> list[ShellResult]:
        return [self.run(argv, step=step) for argv in commands]

    def _act(self, argv: list[str]) -> str:
        match argv:
            case ["settings", "get", space, key]:
                return self.values().get(f"{space}/{key}", "null") + "\n"
            case ["dumpsys", "power"]:
                return f"  mWakefulness={self.values()['wakefulness']}\n"
        self.before_write()
        match argv:
            case ["settings", "put", space, key, value]:
                self.put(f"{space}/{key}", value)
            case ["settings", "delete", space, key]:
                self.forget(f"{space}/{key}")
            case _:
                self.put(*self._key_and_value(argv))
        return ""

    def _key_and_value(self, argv: list[str]) -> tuple[str, str]:
        match argv:
            case ["cmd", "power", "set-mode", value]:
                return "global/low_power", value
            case ["cmd", "power", "set-fixed-performance-mode-enabled", value]:
                return "fixed_performance", value
            case ["cmd", "connectivity", "airplane-mode", word]:
                return "global/airplane_mode_on", "1" if word == "enable" else "0"
            case ["input", "keyevent", "KEYCODE_WAKEUP"] | ["wm", "dismiss-keyguard"]:
                return "wakefulness", "Awake"
            case ["input", "keyevent", "KEYCODE_SLEEP"]:
                return "wakefulness", "Asleep"
        raise AssertionError(f"the phone does not know {argv}")
