"""What a Ghost module should save by the paper's own formulas (section 3.2), and what follows from them."""

from collections.abc import Iterable
from dataclasses import dataclass

from ghostbench.core.errors import UsageError


@dataclass(frozen=True, slots=True, kw_only=True)
class ConvolutionShape:
    """An ordinary convolution, which a Ghost module may stand for. Stride and padding show in `out_px` alone."""

    inputs: int  # channels
    outputs: int
    kernel: int
    out_px: int  # the side of the square map that it makes


def convolution_macs(shape: ConvolutionShape) -> int:
    """Multiply-adds of the ordinary convolution."""
    return shape.outputs * shape.out_px**2 * shape.inputs * shape.kernel**2


def ghost_macs(shape: ConvolutionShape, *, ratio: int, dw_size: int) -> int:
    """Multiply-adds of a Ghost module in its place, as it is built: with whole maps, the last ones cut off.

    >>> ghost_macs(ConvolutionShape(inputs=16, outputs=16, kernel=1, out_px=112), ratio=2, dw_size=3)
    2508800
    """
    intrinsic = _intrinsic(shape, ratio)
    cheap = (ratio - 1) * intrinsic * dw_size**2 * shape.out_px**2
    return intrinsic * shape.out_px**2 * shape.inputs * shape.kernel**2 + cheap


def speed_up(*, inputs: int, kernel: int, ratio: int, dw_size: int) -> float:
    """The paper's r_s: how many times fewer multiply-adds a Ghost module takes.

    Near the ratio where `inputs * kernel**2` is large beside `dw_size**2`; in a 1x1 layer of few channels it is not.

    >>> round(speed_up(inputs=16, kernel=1, ratio=2, dw_size=3), 2)
    1.28
    >>> round(speed_up(inputs=512, kernel=3, ratio=2, dw_size=3), 2)
    2.0
    """
    if min(inputs, kernel, ratio, dw_size) < 1:
        raise UsageError("channels, kernels and the ratio of a Ghost module are at least 1")
    ordinary = inputs * kernel**2
    return ordinary / (ordinary / ratio + (ratio - 1) / ratio * dw_size**2)


def compression(shape: ConvolutionShape, *, ratio: int, dw_size: int) -> float:
    """The paper's r_c: how many times fewer weights, batch-norm apart. The number of outputs cancels out.

    >>> shape = ConvolutionShape(inputs=16, outputs=48, kernel=1, out_px=56)
    >>> round(compression(shape, ratio=2, dw_size=3), 2)
    1.28
    """
    n, weights = shape.outputs, shape.inputs * shape.kernel**2
    return n * weights / (n / ratio * weights + (ratio - 1) * (n / ratio) * dw_size**2)


def _intrinsic(shape: ConvolutionShape, ratio: int) -> int:
    return -(-shape.outputs // ratio)


# Configuration D of Simonyan and Zisserman (2015) on 32-pixel images: channels, and how often.
_VGG16 = ((64, 2, 32), (128, 2, 16), (256, 3, 8), (512, 3, 4), (512, 3, 2))
_CIFAR10_CLASSES = 10


@dataclass(frozen=True, slots=True, kw_only=True)
class FormulaCounts:
    """What a network counts to by formula alone."""

    params: int
    macs: int


def vgg16_counts(*, ratio: int, dw_size: int) -> FormulaCounts:
    """Ghost-VGG-16 for CIFAR-10, layer by layer; a ratio of 1 is VGG-16. Batch-norm follows every convolution."""
    layers = list(_vgg16_layers())
    wide, classes = layers[-1].outputs, _CIFAR10_CLASSES
    return FormulaCounts(
        params=sum(_params(layer, ratio, dw_size) for layer in layers) + (wide + 1) * classes,
        macs=sum(_macs(layer, ratio, dw_size) for layer in layers) + wide * classes,
    )


def _vgg16_layers() -> Iterable[ConvolutionShape]:
    inputs = 3
    for outputs, times, out_px in _VGG16:
        for _ in range(times):
            yield ConvolutionShape(inputs=inputs, outputs=outputs, kernel=3, out_px=out_px)
            inputs = outputs


def _macs(layer: ConvolutionShape, ratio: int, dw_size: int) -> int:
    if ratio == 1:
        return convolution_macs(layer)
    return ghost_macs(layer, ratio=ratio, dw_size=dw_size)


def _params(layer: ConvolutionShape, ratio: int, dw_size: int) -> int:
    # No bias, and the scale and shift of batch-norm behind every kernel.
    each = layer.inputs * layer.kernel**2
    if ratio == 1:
        return layer.outputs * (each + 2)
    intrinsic = _intrinsic(layer, ratio)
    return intrinsic * (each + 2) + (ratio - 1) * intrinsic * (dw_size**2 + 2)
