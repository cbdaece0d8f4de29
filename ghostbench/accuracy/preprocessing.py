"""From an image file to what a network is given, by the recipe the network was trained with."""

from collections.abc import Mapping
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from ghostbench.core.accuracy import Interpolation, Preprocessing, Triple
from ghostbench.core.images import pillow

Pixels = NDArray[np.float32]

IMAGENET_MEAN, IMAGENET_STD = (0.485, 0.456, 0.406), (0.229, 0.224, 0.225)
HALF = (0.5, 0.5, 0.5)
CIFAR_MEAN, CIFAR_STD = (0.4914, 0.4822, 0.4465), (0.2470, 0.2435, 0.2616)
# TensorFlow's own: a pixel p of 0 to 255 becomes (p - 127) / 128.
_LITE_MEAN: Triple = (127 / 255, 127 / 255, 127 / 255)
_LITE_STD: Triple = (128 / 255, 128 / 255, 128 / 255)
_LITE_SOURCE = "tensorflow/tpu@7dc921f models/official/efficientnet, lite"
# The middle 224 of an image whose short side is 256.
_SHARE = 224 / 256

# How the weights that timm 1.0.31 and torchvision 0.26 publish for a family are evaluated, where it is not timm's
# ordinary recipe: bicubic, 0.875 of the short side, ImageNet's mean and deviation. From the models' `default_cfg`.
_INTERPOLATION: Mapping[str, tuple[Interpolation, str]] = {
    "FBNet": ("bilinear", "timm fbnetc_100"),
    "ShuffleNetV2": ("bilinear", "torchvision shufflenet_v2_x1_0"),
    "EfficientNet-Lite": ("bilinear", _LITE_SOURCE),
}
# Mean and deviation, where they are not ImageNet's.
_PIXELS: Mapping[str, tuple[Triple, Triple, str]] = {
    "MobileNetV1": (HALF, HALF, "timm mobilenetv1_100"),  # pixels from -1 to 1
    "EfficientNet-Lite": (_LITE_MEAN, _LITE_STD, _LITE_SOURCE),
}
_EFFICIENTNET_SHARE: Mapping[int, float] = {240: 0.882, 260: 0.890, 300: 0.904, 380: 0.922}


def preprocessing_for(family: str | None, input_px: int) -> Preprocessing:
    """How images are prepared for a network of that family and input size, in pixels."""
    if input_px <= 64:  # CIFAR's own images are as small as that: nothing is scaled
        source = "CIFAR-10: its own mean and deviation, images as they are"
        return Preprocessing(
            resize_px=0, crop_px=input_px, interpolation="bilinear", mean=CIFAR_MEAN, std=CIFAR_STD, source=source
        )  # fmt: skip
    interpolation, source = _INTERPOLATION.get(family or "", ("bicubic", "timm's ordinary recipe"))
    share = _EFFICIENTNET_SHARE.get(input_px, _SHARE) if family == "EfficientNet" else _SHARE
    mean, std, source = _PIXELS.get(family or "", (IMAGENET_MEAN, IMAGENET_STD, source))
    return Preprocessing(
        resize_px=int(input_px / share),
        crop_px=input_px,
        interpolation=interpolation,
        mean=mean,
        std=std,
        source=source,
    )


def prepare(path: Path, recipe: Preprocessing) -> Pixels:
    """One image as a batch of one, (1, crop_px, crop_px, 3).

    As torchvision does it: the long side is cut to whole pixels, the place of the crop rounded, and the turn that a
    camera noted in the file is not applied. Raises OSError or ValueError for what cannot be read.
    """
    reader = pillow()
    with reader.open(path) as opened:
        picture = opened.convert("RGB")
    if recipe.resize_px:
        picture = picture.resize(
            _scaled(picture.size, recipe.resize_px), reader.Resampling[recipe.interpolation.upper()]
        )
    width, height = picture.size
    left, top = round((width - recipe.crop_px) / 2), round((height - recipe.crop_px) / 2)
    # A picture smaller than the crop is set into black, as torchvision's centre crop does.
    picture = picture.crop((left, top, left + recipe.crop_px, top + recipe.crop_px))
    pixels = np.asarray(picture, dtype=np.float32) / np.float32(255)
    mean, std = np.array(recipe.mean, np.float32), np.array(recipe.std, np.float32)
    prepared: Pixels = (pixels - mean) / std
    return prepared[np.newaxis]


def _scaled(size: tuple[int, int], short_px: int) -> tuple[int, int]:
    """Width and height once the short side has that many pixels.

    >>> _scaled((500, 375), 256), _scaled((375, 500), 256)
    ((341, 256), (256, 341))
    """
    width, height = size
    if width <= height:
        return short_px, int(short_px * height / width)
    return int(short_px * width / height), short_px
