"""What can be chosen of each architecture, checked without importing Keras."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from ghostbench.core.errors import UsageError
from ghostbench.core.model_spec import OptionValue


@dataclass(frozen=True, slots=True, kw_only=True)
class Option:
    """One thing that can be chosen: one of `choices`, or a number within limits."""

    meaning: str
    default: OptionValue
    choices: tuple[str, ...] = ()
    at_least: float = 0.0
    at_most: float = 0.0

    def allowed(self) -> str:
        """What may be given, for people."""
        if self.choices:
            return " or ".join(self.choices)
        kind = "a whole number" if type(self.default) is int else "a number"
        return f"{kind} from {self.at_least:g} to {self.at_most:g}"

    def checked(self, value: OptionValue) -> OptionValue:
        """The value as the default's type. Raises ValueError when it is not allowed."""
        if self.choices:
            if value not in self.choices:
                raise ValueError
            return value
        number = float(value)
        if (
            isinstance(value, bool) or not self.at_least <= number <= self.at_most
        ):  # refuses NaN too
            raise ValueError
        if type(self.default) is not int:
            return number
        if not number.is_integer():
            raise ValueError
        return int(number)


def checked_options(
    what: str, options: Mapping[str, OptionValue], allowed: Mapping[str, Option]
) -> dict[str, OptionValue]:
    """Every allowed option with its value, defaults filled in. Raises UsageError naming what is allowed."""
    refuse_unknown(what, options, allowed)
    return {
        name: check(what, name, options.get(name, option.default), option)
        for name, option in allowed.items()
    }


def refuse_unknown(what: str, names: Iterable[str], allowed: Mapping[str, Option]) -> None:
    """Raise UsageError, naming what is allowed, when any name is not among it."""
    for name in names:
        if name not in allowed:
            known = "; ".join(f"{key}: {option.allowed()}" for key, option in allowed.items())
            raise UsageError(f"{what} has no option {name!r}; its options are {known}")


def check(what: str, name: str, value: OptionValue, option: Option) -> OptionValue:
    """One value in the option's type. Text is read as a number where a number is wanted."""
    try:
        return option.checked(value)
    except (ValueError, TypeError, OverflowError):
        raise UsageError(
            f"{what}: {name} cannot be {value!r}; it is {option.meaning}: {option.allowed()}"
        ) from None
