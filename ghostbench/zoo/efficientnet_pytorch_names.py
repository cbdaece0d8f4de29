"""What the PyPI package efficientnet-pytorch, and those made after it, call the parameters that bear timm's names here.

Its blocks are counted through all stages, and a batch-norm is called after its place in a block that has an expansion,
whether the block has one or not.
"""

from collections.abc import Iterable

FAMILIES = frozenset({"efficientnet", "efficientnet-lite"})

_ENDS = {
    "conv_stem": "_conv_stem",
    "bn1": "_bn0",
    "conv_head": "_conv_head",
    "bn2": "_bn1",
    "classifier": "_fc",
}
_SQUEEZE_EXCITE = {"se.conv_reduce": "_se_reduce", "se.conv_expand": "_se_expand"}
_EXPANDED = {
    "conv_pw": "_expand_conv",
    "bn1": "_bn0",
    "conv_dw": "_depthwise_conv",
    "bn2": "_bn1",
    **_SQUEEZE_EXCITE,
    "conv_pwl": "_project_conv",
    "bn3": "_bn2",
}
_PLAIN = {
    "conv_dw": "_depthwise_conv",
    "bn1": "_bn1",
    **_SQUEEZE_EXCITE,
    "conv_pw": "_project_conv",
    "bn2": "_bn2",
}


def efficientnet_pytorch_names(architecture: str, names: Iterable[str]) -> dict[str, str]:
    """Timm's names to that package's; empty for networks that it does not have."""
    if architecture not in FAMILIES:
        return {}
    names = tuple(names)
    parts: dict[str, set[str]] = {}  # of each block, in the order of the network
    for name in names:
        block, part = _block_and_part(name)
        parts.setdefault(block, set()).add(part)
    places = {block: place for place, block in enumerate(block for block in parts if block)}
    renamed = {}
    for name in names:
        block, part = _block_and_part(name)
        kind = name.rpartition(".")[2]
        if block:
            called = _EXPANDED if "conv_pwl" in parts[block] else _PLAIN
            renamed[name] = f"_blocks.{places[block]}.{called[part]}.{kind}"
        else:
            renamed[name] = f"{_ENDS[part]}.{kind}"
    return renamed


def _block_and_part(name: str) -> tuple[str, str]:
    """A block's name, empty for the ends of the network, and the layer in it.

    >>> _block_and_part("blocks.2.0.se.conv_reduce.weight"), _block_and_part("bn1.bias")
    (('blocks.2.0', 'se.conv_reduce'), ('', 'bn1'))
    """
    layer = name.rpartition(".")[0]
    if not layer.startswith("blocks."):
        return "", layer
    _, stage, place, part = layer.split(".", 3)
    return f"blocks.{stage}.{place}", part
