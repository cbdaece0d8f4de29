"""Families of networks: how they are named, told apart in a chart, and cut from a title."""

import re
from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Look:
    """How a family is drawn: one colour for light and one for dark ground, and one marker."""

    title: str
    colour: str
    dark_colour: str
    marker: str  # as matplotlib names it
    glyph: str  # as the page draws it


# Hues of Okabe and Ito, which colour-blind readers can tell apart; the marker says the same once more. Families
# that only the literature holds are grey, so that the measured ones stand out.
_GREY, _DARK_GREY = "#7a7a7a", "#9a9a9a"
_LOOKS = (
    Look(title="GhostNet", colour="#d55e00", dark_colour="#ff8a3d", marker="o", glyph="circle"),
    Look(title="MobileNetV3", colour="#0072b2", dark_colour="#4fb0ec", marker="s", glyph="square"),
    Look(title="MobileNetV2", colour="#009e73", dark_colour="#2cc99a", marker="^", glyph="up"),
    Look(title="MobileNetV1", colour="#b5589a", dark_colour="#e08cc4", marker="v", glyph="down"),
    Look(title="EfficientNet", colour="#b8860b", dark_colour="#e6b93c", marker="D", glyph="diamond"),
    Look(title="ResNet", colour="#333399", dark_colour="#a3a3f5", marker="P", glyph="plus"),
    Look(title="FBNet", colour=_GREY, dark_colour=_DARK_GREY, marker="<", glyph="left"),
    Look(title="MnasNet", colour=_GREY, dark_colour=_DARK_GREY, marker=">", glyph="right"),
    Look(title="ProxylessNAS", colour=_GREY, dark_colour=_DARK_GREY, marker="p", glyph="pentagon"),
    Look(title="ShuffleNetV1", colour=_GREY, dark_colour=_DARK_GREY, marker="h", glyph="hexagon"),
    Look(title="ShuffleNetV2", colour=_GREY, dark_colour=_DARK_GREY, marker="*", glyph="star"),
    Look(title="FE-Net", colour=_GREY, dark_colour=_DARK_GREY, marker="X", glyph="cross"),
)  # fmt: skip
_OTHER = ("d", "8", "h", "*", "X", "p")
_OTHER_GLYPHS = ("diamond", "hexagon", "hexagon", "star", "cross", "pentagon")
_OTHER_COLOURS = (("#56799e", "#9cc4ee"), ("#8a6d3b", "#d9b77a"), ("#6b8e23", "#b5d96a"))


def family_key(family: str) -> str:
    """The same key for every way of writing a family.

    >>> family_key("MobileNetV3"), family_key("mobilenet_v3"), family_key("ResNet-50")
    ('mobilenetv3', 'mobilenetv3', 'resnet')
    """
    key = re.sub(r"[^a-z0-9]", "", family.lower())
    return "resnet" if re.fullmatch(r"resnet\d+", key) else key


_LOOK_OF = {family_key(look.title): look for look in _LOOKS}


def look_of(family: str) -> Look:
    """How a family is drawn; always the same for the same name, also for a family never heard of."""
    key = family_key(family)
    if key in _LOOK_OF:
        return _LOOK_OF[key]
    place = sum(map(ord, key))
    colour, dark = _OTHER_COLOURS[place % len(_OTHER_COLOURS)]
    which = place % len(_OTHER)
    return Look(
        title=family,
        colour=colour,
        dark_colour=dark,
        marker=_OTHER[which],
        glyph=_OTHER_GLYPHS[which],
    )


def is_background(family: str) -> bool:
    """Whether a family is drawn in grey: only the literature holds it."""
    return look_of(family).colour == _GREY


def family_order(family: str) -> tuple[int, str]:
    """Families in the order in which people look for them."""
    key = family_key(family)
    known = list(_LOOK_OF)
    return (known.index(key) if key in known else len(known), key)


def series_and_label(title: str) -> tuple[str, str]:
    """A title as the curve it lies on and its own place on it.

    >>> series_and_label("MobileNetV3 Large 0.75x"), series_and_label("FBNet-B")
    (('mobilenetv3 large', '0.75x'), ('fbnet', 'B'))
    >>> series_and_label("GhostNet ~1.43x"), series_and_label("ResNet-50")
    (('ghostnet', '~1.43x'), ('resnet', '50'))
    >>> series_and_label("EfficientNet B0"), series_and_label("my_net")
    (('efficientnet', 'B0'), ('my_net', 'my_net'))
    """
    found = re.fullmatch(
        r"(.+?)[ _-]+(~?\d+(?:\.\d+)?x\b.*|\?x|\d+M|[A-Z]\d?|\d+|mobile|gpu|cpu)", title.strip()
    )
    if not found:
        return title.strip().lower(), title.strip()
    return found.group(1).lower(), found.group(2)


def short_label(title: str) -> str:
    """What stands beside a point whose colour already says the family.

    >>> [short_label(t) for t in ("GhostNet 1.0x", "MobileNetV3 Large 1.0x", "ResNet-50", "my_net")]
    ['1.0x', 'L 1.0x', 'ResNet-50', 'my_net']
    """
    series, label = series_and_label(title)
    if label.isdigit() or label == title:
        return title
    size = {"small": "S ", "large": "L "}.get(series.rpartition(" ")[2], "")
    return size + label
