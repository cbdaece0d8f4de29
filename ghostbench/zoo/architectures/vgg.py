"""VGG-16 (Simonyan and Zisserman, 2015) for the 32-pixel images of CIFAR-10, with batch-norm and one dense layer."""

import keras

from ghostbench.zoo.architectures.layers import Layers, classify, image_input
from ghostbench.zoo.ghostify import ghostify

# Configuration D: the channels of each stage's 3x3 convolutions; a pooling ends each stage.
STAGES = ((64, 64), (128, 128), (256, 256, 256), (512, 512, 512), (512, 512, 512))


def build(
    *,
    input_px: int,
    classes: int,
    ratio: int,
    dw_size: int,
    bn_epsilon: float,
) -> keras.Model:
    """VGG-16, or Ghost-VGG-16 where the ratio is above 1: in it every convolution is a Ghost module."""
    layers = Layers("same", bn_epsilon)
    x = image = image_input(input_px)
    for number, stage in enumerate(STAGES, start=1):
        for position, channels in enumerate(stage, start=1):
            names = (f"conv{number}_{position}", f"bn{number}_{position}")
            x = layers.conv_norm(x, channels, 3, names, activation="relu")
        x = keras.layers.MaxPooling2D(2, data_format="channels_last", name=f"pool{number}")(x)
    logits = classify(x, classes)
    return ghostify(keras.Model(image, logits, name="vgg16"), ratio, dw_size)
