"""What stays the same of each stage however much a network is enlarged. No Keras here."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class StageRule:
    """One stage; expansions multiply the channels that enter a block."""

    kernel: int
    stride: int
    first_expansion: float
    expansion: float


@dataclass(frozen=True, slots=True, kw_only=True)
class FamilyRules:
    """The stages of a family, and how its ends follow from them."""

    stages: tuple[StageRule, ...]
    se_ratio: float
    head_channels: int
    head_factor: int


# The authors' S-GhostNet, as zoo.architectures.ghostnet_enlarged has it; a test holds the two against each other.
GHOSTNET = FamilyRules(
    stages=(
        StageRule(3, 1, 1, 1),
        StageRule(3, 2, 3, 3),
        StageRule(5, 2, 3, 3),
        StageRule(3, 2, 6, 2.5),
        StageRule(3, 1, 6, 6),
        StageRule(5, 2, 6, 6),
    ),
    se_ratio=0.1,
    head_channels=1280,
    head_factor=5,
)
# Table 1 of the EfficientNet paper.
EFFICIENTNET = FamilyRules(
    stages=(
        StageRule(3, 1, 1, 1),
        StageRule(3, 2, 6, 6),
        StageRule(5, 2, 6, 6),
        StageRule(3, 2, 6, 6),
        StageRule(5, 1, 6, 6),
        StageRule(5, 2, 6, 6),
        StageRule(3, 1, 6, 6),
    ),
    se_ratio=0.25,
    head_channels=1280,
    head_factor=4,
)
