"""Operations that compute nothing and only move data about: channel shuffle, splitting, enlarging."""

import keras

# What XNNPACK takes at once.
MOST_CONCATENATED = 5


def channel_shuffle(x: keras.KerasTensor, groups: int, name: str) -> keras.KerasTensor:
    """Let neighbouring channels come from different groups: RESHAPE, TRANSPOSE, RESHAPE.

    Rows and columns go together as one axis, since a TRANSPOSE of three axes is faster than one of five. Fewer
    operators would do with a 1x1 convolution that permutes, but that computes where the network does not, or with
    GATHER, which no accelerated kernel takes.
    """
    _, height, width, channels = x.shape
    x = keras.layers.Reshape((height * width, groups, channels // groups), name=f"{name}_parts")(x)
    x = keras.layers.Permute((1, 3, 2), name=f"{name}_swap")(x)
    return keras.layers.Reshape((height, width, channels), name=name)(x)


def split_in_half(x: keras.KerasTensor) -> tuple[keras.KerasTensor, keras.KerasTensor]:
    """The first and the second half of the channels, by one SPLIT."""
    first, second = keras.ops.split(x, 2, axis=-1)
    return first, second


def concatenate(parts: list[keras.KerasTensor], axis: int, name: str) -> keras.KerasTensor:
    """Put parts side by side in as many steps as it takes for XNNPACK not to leave them, the last parts first."""
    step = 0
    while len(parts) > MOST_CONCATENATED:
        step += 1
        last = keras.layers.Concatenate(axis=axis, name=f"{name}_{step}")(
            parts[-MOST_CONCATENATED:]
        )
        parts = [*parts[:-MOST_CONCATENATED], last]
    return keras.layers.Concatenate(axis=axis, name=name)(parts)


def enlarge_nearest(x: keras.KerasTensor, height: int, width: int, name: str) -> keras.KerasTensor:
    """Bring an image to a size by repeating pixels, each output taking input `position * size // new size`.

    To double a size takes CONCATENATION and RESHAPE for each axis. RESIZE_NEAREST_NEIGHBOR would be one operator, but
    it has no accelerated kernel and cuts the graph in two wherever it stands.
    """
    x = _enlarge_axis(x, 2, width, f"{name}_columns")
    return _enlarge_axis(x, 1, height, f"{name}_rows")


def _enlarge_axis(x: keras.KerasTensor, axis: int, size: int, name: str) -> keras.KerasTensor:
    before = x.shape[axis]
    if size == before:
        return x
    if size == 2 * before:
        twice = keras.layers.Concatenate(axis=axis + 1, name=f"{name}_twice")([x, x])
        shape = [*x.shape[1:]]
        shape[axis - 1] = size
        return keras.layers.Reshape(tuple(shape), name=name)(twice)
    lines = [x[:, n : n + 1] if axis == 1 else x[:, :, n : n + 1] for n in range(before)]
    chosen = [lines[position * before // size] for position in range(size)]
    return concatenate(chosen, axis, name)
