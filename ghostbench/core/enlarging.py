"""What a greedy enlarging search speaks of: the shape of a network, a scored candidate, a rung of the ladder."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Shape:
    """How large a network made of stages is."""

    blocks: tuple[int, ...]  # of each stage
    channels: tuple[int, ...]  # of each stage
    input_px: int

    def __str__(self) -> str:
        return f"{dashed(self.blocks)} blocks, {dashed(self.channels)} channels, {self.input_px} px"


@dataclass(frozen=True, slots=True, kw_only=True)
class Count:
    """What a shape counts to."""

    macs: int
    params: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Timing:
    """What a shape's file took on the device, one inference."""

    median_ms: float
    ci95_ms: tuple[float, float] | None  # None where the rounds were too few to tell
    campaign: str  # folder of the campaign with every sample


@dataclass(frozen=True, slots=True, kw_only=True)
class Candidate:
    """One shape that was looked at; a line of `candidates.jsonl`. A later line of the same shape completes it."""

    shape: Shape
    macs: int
    params: int
    score: float | None = None  # higher is better; None when it was not, or could not be, scored
    timing: Timing | None = None
    failure: str | None = None  # why it could not be built, timed or scored
    seconds: float = 0.0  # what scoring took


@dataclass(frozen=True, slots=True, kw_only=True)
class Rung:
    """One budget of the ladder, and the best network within it."""

    number: int  # from 1; 0 is the start network
    budget: float  # multiply-adds, or milliseconds
    candidates: int  # how many were scored within it
    best: Candidate
    grown: str  # what was enlarged since the rung before, in words


def dashed(numbers: tuple[int, ...]) -> str:
    """Numbers as an option of a network bears them.

    >>> dashed((1, 2, 4))
    '1-2-4'
    """
    return "-".join(map(str, numbers))


def read_dashed(text: str) -> tuple[int, ...]:
    """The numbers of such an option. Raises ValueError.

    >>> read_dashed("1-2-4")
    (1, 2, 4)
    """
    parts = text.split("-")
    if not all(part.isascii() and part.isdecimal() and int(part) > 0 for part in parts):
        raise ValueError(text)
    return tuple(map(int, parts))


@dataclass(frozen=True, slots=True, kw_only=True)
class SearchIdentity:
    """What has to be equal for a score or a time to be taken again. Budgets do not: a longer search goes on."""

    schema: int = 1
    architecture: str
    options: str  # the rest of the start's options, as JSON
    classes: int
    score: str  # "module:function"
    seed: int
    epochs: int
    images_sha256: str = ""
    device: str = ""  # device, engine and settings, as JSON, where time is the budget
    tools: str = ""  # versions of what builds and trains, as JSON
