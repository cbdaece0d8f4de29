"""Multiply-adds and parameters of staged networks from their shape alone, in a millisecond and without Keras.

A search asks for thousands of counts; building a network takes a second. Tests compare them with
built networks.
"""

import math

from ghostbench.core.enlarging import Count, Shape
from ghostbench.zoo.architectures.rounding import ceil_divide, make_divisible
from ghostbench.zoo.enlarge_rules import EFFICIENTNET, GHOSTNET


class Tally:
    """Adds up layers; `side_px` is the side of the square feature maps at the moment."""

    def __init__(self, input_px: int) -> None:
        self.side_px = input_px
        self.macs = self.params = 0

    def stride(self, stride: int) -> None:
        """The maps become smaller; both paddings round up."""
        self.side_px = ceil_divide(self.side_px, stride)

    def conv(self, inputs: int, outputs: int, kernel: int = 1) -> None:
        """A convolution and its batch-norm."""
        weights = kernel * kernel * inputs * outputs
        self.macs += self.side_px**2 * weights
        self.params += weights + 2 * outputs

    def depthwise(self, channels: int, kernel: int) -> None:
        """A depthwise convolution and its batch-norm."""
        self.macs += self.side_px**2 * kernel * kernel * channels
        self.params += kernel * kernel * channels + 2 * channels

    def dense(self, inputs: int, outputs: int) -> None:
        """A layer with bias after the mean over the image."""
        self.macs += inputs * outputs
        self.params += inputs * outputs + outputs

    def gate(self, channels: int, reduced: int) -> None:
        """Squeeze-excite."""
        self.dense(channels, reduced)
        self.dense(reduced, channels)

    def ghost(self, inputs: int, outputs: int) -> None:
        """A Ghost module: half of the maps by a 1x1 convolution, the others from them by 3x3 depthwise ones."""
        half = ceil_divide(outputs, 2)
        self.conv(inputs, half)
        self.depthwise(half, 3)

    def total(self) -> Count:
        """Everything so far."""
        return Count(macs=self.macs, params=self.params)


def count_ghostnet(shape: Shape, classes: int) -> Count:
    """Of an enlarged GhostNet."""
    tally = Tally(shape.input_px)
    widths = [make_divisible(channels, 4) for channels in shape.channels]
    inputs = widths[0]
    tally.stride(2)
    tally.conv(3, inputs, 3)
    for rule, blocks, out in zip(GHOSTNET.stages, shape.blocks, widths, strict=True):
        for position in range(blocks):
            factor = rule.expansion if position else rule.first_expansion
            expanded = make_divisible(inputs * factor, 4)
            stride = 1 if position else rule.stride
            tally.ghost(inputs, expanded)
            tally.stride(stride)
            if stride > 1:
                tally.depthwise(expanded, rule.kernel)
            tally.gate(expanded, make_divisible(expanded * GHOSTNET.se_ratio, 8))
            tally.ghost(expanded, out)
            if stride > 1 or inputs != out:
                tally.depthwise(inputs, rule.kernel)
                tally.conv(inputs, out)
            inputs = out
    last = make_divisible(shape.channels[-1] * GHOSTNET.stages[-1].expansion, 4)
    head = max(GHOSTNET.head_channels, GHOSTNET.head_factor * inputs)
    tally.conv(inputs, last)
    tally.dense(last, head)
    tally.dense(head, classes)
    return tally.total()


def count_efficientnet(shape: Shape, classes: int) -> Count:
    """Of an EfficientNet of stages."""
    tally = Tally(shape.input_px)
    widths = [make_divisible(channels, 8) for channels in shape.channels]
    inputs = efficientnet_stem(widths[0])
    tally.stride(2)
    tally.conv(3, inputs, 3)
    for rule, blocks, out in zip(EFFICIENTNET.stages, shape.blocks, widths, strict=True):
        for position in range(blocks):
            expanded = math.ceil(inputs * rule.expansion)
            if rule.expansion > 1:
                tally.conv(inputs, expanded)
            tally.stride(1 if position else rule.stride)
            tally.depthwise(expanded, rule.kernel)
            tally.gate(expanded, max(1, int(inputs * EFFICIENTNET.se_ratio)))
            tally.conv(expanded, out)
            inputs = out
    head = efficientnet_head(widths[-1])
    tally.conv(inputs, head)
    tally.dense(head, classes)
    return tally.total()


def efficientnet_stem(first_channels: int) -> int:
    """Twice those of the first stage, as 32 to 16 in EfficientNet-B0."""
    return make_divisible(2 * first_channels, 8)


def efficientnet_head(last_channels: int) -> int:
    """Four times those of the last stage, as 1280 to 320 in EfficientNet-B0."""
    return make_divisible(EFFICIENTNET.head_factor * last_channels, 8)
