"""Which images int8 is calibrated on: of a folder, or made from a seed.

A full integer file needs to know how large every activation becomes, and learns it from images. Pixels are brought to
the range from -1 to 1, the range in which the input is quantised.
"""

import hashlib
import math
import random
import warnings
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from ghostbench.core.errors import UsageError
from ghostbench.core.images import SUFFIXES, pillow
from ghostbench.zoo.recipe import CalibrationSource

Pixels = NDArray[np.float32]

# The number the reference measurements of full int8 were made with.
DEFAULT_IMAGES = 64
# The usual evaluation crop of ImageNet: the short side at 256, the middle 224 of it.
CROP_FRACTION = 224 / 256
# Files are taken in an order of its own, so that 64 of a sorted folder are not 64 of its first class.
_FOLDER_ORDER_SEED = 0


def synthetic_source(*, seed: int = 0, count: int = DEFAULT_IMAGES) -> CalibrationSource:
    """Images made from a seed."""
    return CalibrationSource(count=count, seed=seed)


def folder_source(
    folder: Path, *, count: int = DEFAULT_IMAGES, warn: Callable[[str], None]
) -> CalibrationSource:
    """At most `count` readable images of a folder and the folders in it; says how many could not be read."""
    if not folder.is_dir():
        raise UsageError(f"{folder}: there is no such folder of calibration images")
    candidates = sorted(
        p for p in folder.rglob("*") if p.suffix.lower() in SUFFIXES and p.is_file()
    )
    random.Random(_FOLDER_ORDER_SEED).shuffle(candidates)
    chosen: list[Path] = []
    unreadable: list[Path] = []
    for path in candidates:
        if len(chosen) == count:
            break
        (chosen if _is_readable(path) else unreadable).append(path)
    if unreadable:
        warn(
            f"{folder}: {len(unreadable)} of {len(chosen) + len(unreadable)} images cannot be read and "
            f"are left out, {unreadable[0].name} for one"
        )
    if not chosen:
        known = ", ".join(sorted(SUFFIXES))
        raise UsageError(f"{folder}: no readable image to calibrate on ({known})")
    return CalibrationSource(
        count=len(chosen),
        folder=folder.resolve(),
        files=tuple(path.resolve() for path in chosen),
        sha256=_content_sha256(chosen),
    )


def calibration_images(source: CalibrationSource, input_px: int) -> Iterator[Pixels]:
    """The images, one (1, height, width, 3) batch from -1 to 1 each."""
    if source.folder is None:
        for index in range(source.count):
            yield synthetic_image(f"calibration:{source.seed}:{index}", input_px)
        return
    for path in source.files:
        yield load_image(path, input_px)


def load_image(path: Path, input_px: int) -> Pixels:
    """One image file: the short side scaled, the middle cut out, three channels from -1 to 1."""
    return load_picture(path, input_px, input_px)


def load_picture(path: Path, input_height: int, input_width: int) -> Pixels:
    """The same for an input that need not be square."""
    with pillow().open(path) as opened:
        picture = opened.convert("RGB")
    least = [max(side, round(side / CROP_FRACTION)) for side in (input_width, input_height)]
    scale = max(wanted / side for wanted, side in zip(least, picture.size, strict=True))
    width, height = (
        max(wanted, round(side * scale)) for wanted, side in zip(least, picture.size, strict=True)
    )
    left, top = (width - input_width) // 2, (height - input_height) // 2
    box = (left, top, left + input_width, top + input_height)
    picture = picture.resize((width, height)).crop(box)
    return (np.asarray(picture, dtype=np.float32) / 127.5 - 1.0)[np.newaxis]


def synthetic_image(key: str, input_px: int) -> Pixels:
    """An image that depends on the key alone, with the statistics that photographs share.

    Their amplitude falls with spatial frequency as 1/f, more or less steeply; their channels go together for the most
    part; and they differ in brightness, tint and contrast. White noise would not do: convolutions average it away,
    and the ranges found with it would be far too small for a real image.
    """
    seed = int.from_bytes(hashlib.sha256(key.encode()).digest(), "big")
    rng = np.random.Generator(np.random.PCG64(seed))
    across, down = np.fft.rfftfreq(input_px), np.fft.fftfreq(input_px)
    frequency = np.hypot(down[:, np.newaxis], across[np.newaxis])
    frequency[0, 0] = math.inf  # no constant part: brightness is chosen below
    steepness = rng.uniform(0.8, 1.4)
    layers = []
    for _ in range(4):  # one that the channels share, and one for each
        phase = rng.uniform(0.0, 2.0 * math.pi, frequency.shape)
        layer = np.fft.irfft2(frequency**-steepness * np.exp(1j * phase), s=(input_px, input_px))
        layers.append(layer / layer.std())
    colourfulness = rng.uniform(0.2, 0.6)
    image = np.stack([layers[0] + colourfulness * own for own in layers[1:]], axis=-1)
    level = rng.uniform(-0.6, 0.6) + rng.uniform(
        -0.4, 0.4, 3
    )  # brightness, and the tint of each channel
    contrast = rng.uniform(0.15, 0.7)
    return np.clip(level + contrast * image, -1.0, 1.0).astype(np.float32)[np.newaxis]


def _is_readable(path: Path) -> bool:
    reader = pillow()
    # Pillow raises all of these for broken files. A file that unpacks to more than it should hold is refused too.
    broken = (OSError, ValueError, SyntaxError, EOFError, reader.DecompressionBombError)
    try:
        with warnings.catch_warnings(), reader.open(path) as picture:
            warnings.simplefilter("ignore")
            picture.load()  # opening reads the header only
    except broken:
        return False
    return True


def _content_sha256(paths: list[Path]) -> str:
    whole = hashlib.sha256()
    for path in paths:
        whole.update(hashlib.sha256(path.read_bytes()).digest())
    return whole.hexdigest()
