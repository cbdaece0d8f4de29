"""Settings of a phone as commands: one setting, or many of them in one round trip."""

from collections.abc import Sequence
from typing import Protocol

from ghostbench.core.errors import DeviceError
from ghostbench.device.adb import ShellResult
from ghostbench.device.settings import Setting

TIMEOUT_S = 20.0


class PhoneShell(Protocol):
    """What is needed of a phone here."""

    def run(self, argv: Sequence[str], *, step: str, timeout_s: float = ...) -> ShellResult:
        """Run a command to its end, whatever its status."""

    def run_all(
        self, commands: Sequence[Sequence[str]], *, step: str, timeout_s: float = ...
    ) -> list[ShellResult]:
        """Run commands one after another in one round trip, each whatever became of the one before."""


def read_setting(shell: PhoneShell, setting: Setting) -> str | None:
    """Its value now. Raises DeviceError when the phone refuses."""
    if setting.read is None:
        return setting.assumed
    result = _run(shell, setting.read, f"reading: {setting.title}")
    return setting.understand(result.stdout)


def write_setting(shell: PhoneShell, setting: Setting, value: str | None) -> None:
    """Give it a value; None as if it had never been set. Raises DeviceError when the phone refuses."""
    for command in setting.write(value):
        _run(shell, command, f"setting: {setting.title}")


def read_settings(
    shell: PhoneShell, settings: Sequence[Setting]
) -> dict[str, str | DeviceError | None]:
    """The value of each by its name; an error where it could not be read."""
    found: dict[str, str | DeviceError | None] = {s.name: s.assumed for s in settings}
    asked = [(setting, setting.read) for setting in settings if setting.read is not None]
    if not asked:
        return found
    try:
        answers = shell.run_all(
            [command for _, command in asked], step="reading settings", timeout_s=TIMEOUT_S
        )
    except DeviceError as fault:
        return found | {setting.name: fault for setting, _ in asked}
    for (setting, _), answer in zip(asked, answers, strict=True):
        found[setting.name] = _refusal(answer) or setting.understand(answer.stdout)
    return found


def write_settings(shell: PhoneShell, settings: Sequence[Setting]) -> dict[str, DeviceError]:
    """Give each the value that is wanted of it; the errors, by name, of those that the phone refused."""
    commands = [(s.name, command) for s in settings for command in s.write(s.wanted)]
    if not commands:
        return {}
    try:
        answers = shell.run_all(
            [command for _, command in commands], step="changing settings", timeout_s=TIMEOUT_S
        )
    except DeviceError as fault:
        return {setting.name: fault for setting in settings}
    refused: dict[str, DeviceError] = {}
    for (name, _), answer in zip(commands, answers, strict=True):
        if refusal := _refusal(answer):
            refused.setdefault(name, refusal)
    return refused


def _run(shell: PhoneShell, command: Sequence[str], step: str) -> ShellResult:
    result = shell.run(command, step=step, timeout_s=TIMEOUT_S)
    if refusal := _refusal(result):
        raise refusal
    return result


def _refusal(result: ShellResult) -> DeviceError | None:
    # Android's own tools tell of a refusal by an exception's text, some of them with status 0.
    refused = "SecurityException" in result.stderr or "Permission" in result.stderr
    if not result.status and not refused:
        return None
    told = (result.stderr.strip() or result.stdout.strip()).splitlines()
    return DeviceError(f"the phone refused: {told[0] if told else f'status {result.status}'}")
