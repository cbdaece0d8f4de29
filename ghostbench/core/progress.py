"""How long work tells what it is doing, without knowing who looks."""

from typing import Protocol


class Progress(Protocol):
    """Shows how far a piece of work has come."""

    def start(self, title: str, *, steps: int, expected_s: float | None = None) -> None:
        """A stage begins; the one before has ended. `expected_s` is a first guess at its length."""

    def doing(self, what: str) -> None:
        """What is being done now, in a few words."""

    def step(self, steps: int = 1) -> None:
        """That many steps more are done."""

    def say(self, line: str) -> None:
        """Print one line that stays: a warning, a caution, a result."""


class Silence:
    """Shows nothing."""

    def start(self, title: str, *, steps: int, expected_s: float | None = None) -> None:
        """Nothing."""

    def doing(self, what: str) -> None:
        """Nothing."""

    def step(self, steps: int = 1) -> None:
        """Nothing."""

    def say(self, line: str) -> None:
        """Nothing."""
