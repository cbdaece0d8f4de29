"""What torchvision calls the parameters that bear timm's names here, for the families that both have.

ResNet-50 has the same names in both, ShuffleNetV2 bears torchvision's here anyway, and VGG-16 is another network there
(three dense layers, for ImageNet). Torchvision has none of the others.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass

# What a block is made of, in order: each part's layers, and whether it has an expansion before the depthwise one.
_EXPANDED = (
    ("conv_pw", "bn1"),
    ("conv_dw", "bn2"),
    ("se.conv_reduce", "se.conv_expand"),
    ("conv_pwl", "bn3"),
)
_PLAIN = (("conv_dw", "bn1"), ("se.conv_reduce", "se.conv_expand"), ("conv_pw", "bn2"))
# The last convolution of MobileNetV3 stands where a block would.
_LAST = (("conv", "bn1"),)


@dataclass(frozen=True, slots=True)
class _Block:
    """A block as timm counts it, and its parts that are there."""

    name: str  # "blocks.2.0"
    stage: int
    place: int  # in its stage
    index: int  # among all blocks
    parts: tuple[tuple[str, str], ...]


def torchvision_names(architecture: str, names: Iterable[str]) -> dict[str, str]:
    """Timm's names to torchvision's; empty where torchvision has no such network, or calls all of them the same."""
    if architecture not in _FAMILIES:
        return {}
    layers = dict.fromkeys(name.rpartition(".")[0] for name in names)
    renamed = _FAMILIES[architecture](tuple(layers))
    if layers.keys() - renamed.keys():
        return {}  # a variant that torchvision does not have
    return {
        name: f"{renamed[layer]}.{kind}"
        for name in names
        for layer, _, kind in [name.rpartition(".")]
    }


def _blocks(layers: Iterable[str]) -> list[_Block]:
    inside: dict[str, set[str]] = {}
    for layer in layers:
        if layer.startswith("blocks."):
            _, stage, place, part = layer.split(".", 3)
            inside.setdefault(f"blocks.{stage}.{place}", set()).add(part)
    blocks = []
    for index, (name, parts) in enumerate(inside.items()):
        _, stage, place = name.split(".")
        kind = _LAST if "conv" in parts else _EXPANDED if "conv_pwl" in parts else _PLAIN
        there = tuple(part for part in kind if part[0] in parts)
        blocks.append(_Block(name, int(stage), int(place), index, there))
    return blocks


def _ends(last: int, dense: str = "classifier.1") -> dict[str, str]:
    """Stem, last convolution and dense layer of those that are a row of `features`."""
    return {
        "conv_stem": "features.0.0",
        "bn1": "features.0.1",
        "conv_head": f"features.{last}.0",
        "bn2": f"features.{last}.1",
        "classifier": dense,
    }


def _in_order(block: _Block, place: str) -> dict[str, str]:
    """Each part has a number, and each of its two layers one in it."""
    renamed = {}
    for number, part in enumerate(block.parts):
        inner = ("fc1", "fc2") if part[0].startswith("se.") else ("0", "1")
        for layer, name in zip(part, inner, strict=True):
            renamed[f"{block.name}.{layer}"] = f"{place}.{number}.{name}"
    return renamed


def _mobilenetv2(layers: tuple[str, ...]) -> dict[str, str]:
    blocks = _blocks(layers)
    renamed = _ends(len(blocks) + 1)
    for block in blocks:
        place = f"features.{block.index + 1}.conv"
        renamed |= _in_order(block, place)
        number = len(block.parts) - 1  # the projection is not a part of its own there
        conv, norm = block.parts[-1]
        renamed[f"{block.name}.{conv}"] = f"{place}.{number}"
        renamed[f"{block.name}.{norm}"] = f"{place}.{number + 1}"
    return renamed


def _mobilenetv3(layers: tuple[str, ...]) -> dict[str, str]:
    *blocks, last = _blocks(layers)
    place = f"features.{len(blocks) + 1}"
    renamed = {
        "conv_stem": "features.0.0",
        "bn1": "features.0.1",
        f"{last.name}.conv": f"{place}.0",
        f"{last.name}.bn1": f"{place}.1",
        "conv_head": "classifier.0",
        "classifier": "classifier.3",
    }
    for block in blocks:
        renamed |= _in_order(block, f"features.{block.index + 1}.block")
    return renamed


def _efficientnet(layers: tuple[str, ...]) -> dict[str, str]:
    blocks = _blocks(layers)
    renamed = _ends(blocks[-1].stage + 2)
    for block in blocks:
        renamed |= _in_order(block, f"features.{block.stage + 1}.{block.place}.block")
    return renamed


def _mnasnet(layers: tuple[str, ...]) -> dict[str, str]:
    """B1 alone: torchvision's blocks have no squeeze-excite."""
    if any(".se." in layer for layer in layers):
        return {}
    renamed = {
        "conv_stem": "layers.0",
        "bn1": "layers.1",
        "conv_head": "layers.14",
        "bn2": "layers.15",
        "classifier": "classifier.1",
    }
    for block in _blocks(layers):
        # An activation stands between the parts; the first stage lies bare among the layers of the network.
        first = block.stage == 0
        place, start = (
            ("layers", 3) if first else (f"layers.{block.stage + 7}.{block.place}.layers", 0)
        )
        for number, (conv, norm) in enumerate(block.parts):
            renamed[f"{block.name}.{conv}"] = f"{place}.{start + 3 * number}"
            renamed[f"{block.name}.{norm}"] = f"{place}.{start + 3 * number + 1}"
    return renamed


_REGNET_PARTS = {
    "conv1.conv": "f.a.0",
    "conv1.bn": "f.a.1",
    "conv2.conv": "f.b.0",
    "conv2.bn": "f.b.1",
    "se.fc1": "f.se.fc1",
    "se.fc2": "f.se.fc2",
    "conv3.conv": "f.c.0",
    "conv3.bn": "f.c.1",
    "downsample.conv": "proj.0",
    "downsample.bn": "proj.1",
}


def _regnety(layers: tuple[str, ...]) -> dict[str, str]:
    renamed = {"stem.conv": "stem.0", "stem.bn": "stem.1", "head.fc": "fc"}
    for layer in layers:
        if layer in renamed:
            continue
        stage, block, part = layer.split(".", 2)  # "s1", "b1", "conv1.conv"
        number, place = int(stage[1:]), int(block[1:]) - 1
        where = f"trunk_output.block{number}.block{number}-{place}"
        renamed[layer] = f"{where}.{_REGNET_PARTS[part]}"
    return renamed


_FAMILIES: Mapping[str, Callable[[tuple[str, ...]], dict[str, str]]] = {
    "mobilenetv2": _mobilenetv2,
    "mobilenetv3": _mobilenetv3,
    "mnasnet": _mnasnet,
    "efficientnet": _efficientnet,
    "regnety": _regnety,
}
