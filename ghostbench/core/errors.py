"""Every error that ghostbench raises on purpose.

    GhostbenchError                  one clear line; exit code 1
    ├── UsageError                   the request itself cannot be: exit code 2
    │   ├── UnknownName              a name that is not there, with the nearest ones that are
    │   └── NothingMeasured          a campaign of which no block counts is asked for its times
    ├── MissingExtra                 a package of an extra is not installed
    ├── SpecError                    a TOML file of models/, devices/ or results/published/ is wrong
    ├── ModelFileError               a model file cannot be read
    ├── ConversionError              a network could not be built or converted
    │   └── GateRefused              it was built, but the gate refused the file
    ├── WeightsError                 trained weights do not fit the network
    ├── DeviceError                  a device does not do what it should
    │   ├── CommandFailed            a command there ended with a non-zero status
    │   ├── CommandTimedOut          a command there did not end in time
    │   └── TransientError           trying again may help
    ├── RunnerError                  what the native runner printed is not what it must print
    │   └── RunnerGaveUp             the runner itself reports that a step failed
    └── StoreError                   a campaign folder cannot be read or written

The message says what happened and what to do; attributes carry the evidence.
"""

from collections.abc import Iterable, Sequence
from difflib import get_close_matches
from pathlib import Path


class GhostbenchError(Exception):
    """Something expected went wrong; the message is for the user."""

    exit_code = 1


class UsageError(GhostbenchError):
    """The request itself cannot be carried out as written."""

    exit_code = 2


class UnknownName(UsageError):
    """A name that is not among the known ones."""

    def __init__(self, kind: str, name: str, known: Iterable[str]) -> None:
        self.kind, self.name = kind, name
        self.known = sorted(known)
        self.near = get_close_matches(name.lower(), self.known, n=3, cutoff=0.5)
        listed = self.near or self.known[:12]
        hint = "did you mean" if self.near else "known are"
        super().__init__(f"there is no {kind} {name!r}; {hint} {', '.join(listed) or 'none'}")


class NothingMeasured(UsageError):
    """A campaign of which no block counts has no times to tell of."""


class MissingExtra(GhostbenchError):
    """A package of an optional extra is needed and not installed."""

    def __init__(self, extra: str, package: str) -> None:
        self.extra, self.package = extra, package
        super().__init__(
            f"this needs {package}, which is not installed; install it with: "
            f"pip install 'ghostbench[{extra}]'"
        )


class SpecError(GhostbenchError):
    """A TOML file that describes a model, a device or a paper is wrong."""


class ModelFileError(GhostbenchError):
    """A model file cannot be read."""

    def __init__(self, path: Path, reason: str) -> None:
        self.path, self.reason = path, reason
        super().__init__(f"{path}: {reason}")


class ConversionError(GhostbenchError):
    """A network could not be built or converted."""


class GateRefused(ConversionError):
    """A built file does not satisfy the gate."""

    def __init__(self, name: str, reasons: Sequence[str]) -> None:
        self.name, self.reasons = name, tuple(reasons)
        super().__init__(f"{name}: the built file was refused: {'; '.join(self.reasons)}")


class WeightsError(GhostbenchError):
    """Trained weights do not fit the network."""


class DeviceError(GhostbenchError):
    """A device does not do what it should."""


class CommandFailed(DeviceError):
    """A command on a device ended with a non-zero status."""

    def __init__(self, device: str, argv: Sequence[str], status: int, stderr: str = "") -> None:
        self.device, self.argv, self.status, self.stderr = device, tuple(argv), status, stderr
        told = stderr.strip().splitlines()
        what = f"was ended by signal {-status}" if status < 0 else f"ended with status {status}"
        super().__init__(
            f"{device}: {Path(argv[0]).name} {what}" + (f": {told[-1]}" if told else "")
        )


class CommandTimedOut(DeviceError):
    """A command on a device did not end in time and was ended."""

    def __init__(self, device: str, argv: Sequence[str], timeout_s: float) -> None:
        self.device, self.argv, self.timeout_s = device, tuple(argv), timeout_s
        super().__init__(
            f"{device}: {Path(argv[0]).name} did not end within {timeout_s:g} s and was ended"
        )


class TransientError(DeviceError):
    """A fault after which trying again may help."""


class RunnerError(GhostbenchError):
    """The runner's output is not what the wire format allows, or reports a failure."""


class RunnerGaveUp(RunnerError):
    """The runner reports that one of its steps failed; `step` and `status` are its own words."""

    def __init__(self, step: str, status: int, message: str) -> None:
        self.step, self.status = step, status
        super().__init__(f"the runner gave up in step {step!r}: {message}")


class StoreError(GhostbenchError):
    """A campaign folder cannot be read or written."""
