"""What the images say of one model file: how they were prepared, what it answered, how many it got right."""

from dataclasses import dataclass
from typing import Literal

Interpolation = Literal["nearest", "bilinear", "bicubic", "lanczos"]
Triple = tuple[float, float, float]


@dataclass(frozen=True, slots=True, kw_only=True)
class Preprocessing:
    """From an image file to the numbers a network is given: scale, cut out the middle, shift and divide.

    A pixel p of 0 to 255 becomes (p / 255 - mean) / std, channel by channel, in the order red, green, blue.
    """

    resize_px: int  # what the short side is scaled to; 0 leaves the image as it is
    crop_px: int  # side of the square that is cut out of the middle
    interpolation: Interpolation
    mean: Triple
    std: Triple
    source: str  # where it comes from


@dataclass(frozen=True, slots=True, kw_only=True)
class Prediction:
    """What the model says of one image."""

    image: str  # path within the data set
    label: int
    top5: tuple[int, ...] = ()  # classes, the likeliest first; empty when the image cannot be read
    unreadable: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Share:
    """So many images of all, with the 95 % interval of the share in percent."""

    right: int
    of: int
    percent: float
    ci95_percent: tuple[float, float]


@dataclass(frozen=True, slots=True, kw_only=True)
class AccuracyResult:
    """The accuracy of one model file on one set of images."""

    schema: int = 1
    name: str
    precision: str
    model_path: str
    model_sha256: str
    weights: str | None  # as the artifact tells it
    dataset: str  # the folder or CSV file
    dataset_sha256: str  # of the list of images, their labels and sizes
    preprocessing: Preprocessing
    label_offset: int
    images: int  # that were read and answered
    unreadable: tuple[str, ...]  # images that could not be read; in no share
    top1: Share
    top5: Share | None  # None for fewer than six classes
    runtime: str
    ghostbench: str


@dataclass(frozen=True, slots=True, kw_only=True)
class AccuracyDifference:
    """How two model files differ on the very same images, in percentage points."""

    name: str
    against: str
    only_first: int  # images that only the first gets right
    only_second: int
    of: int
    points: float  # first minus second
    ci95_points: tuple[float, float]
    p_value: float  # of no difference: McNemar's test, mid-p
