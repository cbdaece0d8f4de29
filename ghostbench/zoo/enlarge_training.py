"""A short training on the user's images: the score is the accuracy on those that were held out, in percent."""

import keras
import numpy as np

from ghostbench.core.errors import UsageError
from ghostbench.zoo.enlarge_context import Pixels, ScoreContext, to_floats

BATCH = 32
_LEARNING_RATE = 0.003
_LABEL_SMOOTHING = 0.1
_SETTLING_BATCHES = 16


def short_training(network: keras.Model, context: ScoreContext) -> float:
    """Adam with a cosine that ends at zero, images flipped by lot; the same seed gives the same order."""
    if not context.training or not context.held_out:
        raise UsageError("a short training needs images: give --images FOLDER")
    pixels, labels = context.pictures(context.training)
    rng = np.random.default_rng(context.seed)
    classes = context.spec.classes
    optimizer = _optimizer(context.epochs * max(1, len(labels) // BATCH))
    network.compile(
        optimizer=optimizer,
        loss=keras.losses.CategoricalCrossentropy(
            from_logits=True, label_smoothing=_LABEL_SMOOTHING
        ),
    )
    # Whole batches only: for each size TensorFlow would make the graph anew, which takes longer than training.
    batch = min(BATCH, len(labels))
    for _ in range(context.epochs):
        order = rng.permutation(len(labels))
        for at in range(0, len(order) - batch + 1, batch):
            chosen = order[at : at + batch]
            images = to_floats(pixels[chosen])
            flipped = rng.random(len(chosen)) < 0.5
            images[flipped] = images[flipped, :, ::-1]
            network.train_on_batch(images, np.eye(classes, dtype=np.float32)[labels[chosen]])
    settle_norms(network, pixels[: batch * (len(labels) // batch)], batch)
    return held_out_percent(network, context)


def settle_norms(network: keras.Model, pixels: Pixels, batch: int) -> None:
    """Give every batch-norm the mean over the batches as they are now; what it kept lags behind a short training."""
    norms = [one for one in network.layers if isinstance(one, keras.layers.BatchNormalization)]
    for number in range(min(_SETTLING_BATCHES, len(pixels) // batch)):
        for norm in norms:
            norm.momentum = number / (number + 1)
        network(to_floats(pixels[number * batch : (number + 1) * batch]), training=True)


def held_out_percent(network: keras.Model, context: ScoreContext) -> float:
    """Top-1 of the images that were not trained on."""
    pixels, labels = context.pictures(context.held_out)
    right = 0
    for at in range(0, len(labels), BATCH):
        logits = np.asarray(network(to_floats(pixels[at : at + BATCH]), training=False))
        right += int((logits.argmax(axis=-1) == labels[at : at + BATCH]).sum())
    return 100 * right / len(labels)


def _optimizer(steps: int) -> keras.optimizers.Optimizer:
    return keras.optimizers.Adam(keras.optimizers.schedules.CosineDecay(_LEARNING_RATE, steps))
