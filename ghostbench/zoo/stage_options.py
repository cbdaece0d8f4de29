"""Options that say something of each stage of a network: `blocks=1-2-2-4-2-5`."""

from dataclasses import dataclass

from ghostbench.core.enlarging import read_dashed
from ghostbench.core.model_spec import OptionValue
from ghostbench.zoo.options import Option

# No network of the literature comes near these; what is larger is a slip of the pen.
MOST_BLOCKS, MOST_CHANNELS = 64, 2048


@dataclass(frozen=True, slots=True, kw_only=True)
class StagesOption(Option):
    """A whole number for each stage, with hyphens between; the default says how many stages there are."""

    def allowed(self) -> str:
        """What may be given, for people."""
        stages = len(read_dashed(str(self.default)))
        return (
            f"{stages} whole numbers from {self.at_least:g} to {self.at_most:g} with - between them"
        )

    def checked(self, value: OptionValue) -> OptionValue:
        """The value as it is. Raises ValueError when it is not allowed."""
        numbers = read_dashed(str(value))
        if len(numbers) != len(read_dashed(str(self.default))):
            raise ValueError
        if not all(self.at_least <= number <= self.at_most for number in numbers):
            raise ValueError
        return "-".join(map(str, numbers))


def stages_options(blocks: str, channels: str) -> dict[str, Option]:
    """The two options of a network that is made of stages."""
    return {
        "blocks": StagesOption(
            meaning="the blocks of each stage", default=blocks, at_least=1, at_most=MOST_BLOCKS
        ),
        "channels": StagesOption(
            meaning="the channels of each stage",
            default=channels,
            at_least=8,
            at_most=MOST_CHANNELS,
        ),
    }
