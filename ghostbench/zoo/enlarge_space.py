"""Where a search starts and what it may reach: networks of stages, each of any width and depth. No Keras here."""

import math
from collections.abc import Callable
from dataclasses import dataclass, replace

from ghostbench.core.enlarging import Count, Shape, dashed, read_dashed
from ghostbench.core.errors import UsageError
from ghostbench.core.model_spec import Expected, ModelSpec, OptionValue
from ghostbench.zoo.architectures.rounding import make_divisible
from ghostbench.zoo.enlarge_counts import count_efficientnet, count_ghostnet
from ghostbench.zoo.registry import INPUT_PX, filled_options
from ghostbench.zoo.stage_options import MOST_BLOCKS, MOST_CHANNELS

# Facts about the start of the paper's search: its base network, GhostNet 1.0x, seen as six stages.
_GHOSTNET_BLOCKS, _GHOSTNET_CHANNELS = (1, 2, 2, 4, 2, 5), (16, 24, 40, 80, 112, 160)
_B1 = ((1, 2, 3, 4, 3, 6), (28, 44, 72, 140, 196, 280))
_B4 = ((3, 5, 5, 12, 6, 14), (36, 60, 108, 168, 232, 336))
_EFFICIENTNET_BLOCKS = (1, 2, 2, 3, 3, 4, 1)
_EFFICIENTNET_CHANNELS = (16, 24, 40, 80, 112, 192, 320)
_INPUT_STEP_PX = 8
_COUNTED = "counted by ghostbench enlarge"


@dataclass(frozen=True, slots=True, kw_only=True)
class Space:
    """All networks that a start network can grow into."""

    start: Shape
    base: ModelSpec  # of the staged architecture; a shape fills in the rest
    channel_step: int
    count_shape: Callable[[Shape, int], Count]
    remark: str = ""  # how the start network differs from the one that was named

    def count(self, shape: Shape) -> Count:
        """What a network of that shape counts to."""
        return self.count_shape(shape, self.base.classes)

    def spec(self, shape: Shape, name: str) -> ModelSpec:
        """What to build."""
        count = self.count(shape)
        return replace(
            self.base,
            name=name,
            title=f"{self.base.title} ({shape})",
            input_px=shape.input_px,
            options={
                **self.base.options,
                "blocks": dashed(shape.blocks),
                "channels": dashed(shape.channels),
            },
            expected=Expected(params=count.params, macs=count.macs, source=_COUNTED),
        )

    @property
    def largest(self) -> Shape:
        """Nothing in the space is larger."""
        stages = len(self.start.blocks)
        return Shape(
            blocks=(MOST_BLOCKS,) * stages,
            channels=(MOST_CHANNELS,) * stages,
            input_px=int(INPUT_PX.at_most),
        )

    def wider(self, shape: Shape, stage: int) -> Shape:
        """One step more channels in a stage."""
        more = shape.channels[stage] + self.channel_step
        return replace(shape, channels=_with(shape.channels, stage, more))

    def deeper(self, shape: Shape, stage: int) -> Shape:
        """One block more in a stage."""
        return replace(shape, blocks=_with(shape.blocks, stage, shape.blocks[stage] + 1))

    def finer(self, shape: Shape) -> Shape:
        """An input image one step larger."""
        return replace(shape, input_px=shape.input_px + _INPUT_STEP_PX)

    def holds(self, shape: Shape) -> bool:
        """Whether it is within the limits of the space."""
        most = self.largest
        return (
            all(have <= may for have, may in zip(shape.blocks, most.blocks, strict=True))
            and all(have <= may for have, may in zip(shape.channels, most.channels, strict=True))
            and shape.input_px <= most.input_px
        )


def space_of(spec: ModelSpec) -> Space:
    """The space that a network starts. Raises UsageError for one whose stages cannot be enlarged."""
    try:
        return _SPACES[spec.architecture](spec, filled_options(spec))
    except KeyError:
        raise UsageError(
            f"{spec.name} cannot be enlarged stage by stage: its architecture {spec.architecture!r} takes no "
            "blocks and channels of stages; GhostNet and EfficientNet do, for example ghostnet-1.0x and efficientnet-b0"
        ) from None


Options = dict[str, OptionValue]


def _ghostnet(spec: ModelSpec, options: Options) -> Space:
    _refuse_other(spec, options, {"ratio": 2, "dw_size": 3, "se": "yes", "flavour": "pytorch"})
    width = float(options["width"])
    channels = tuple(make_divisible(c * width, 4) for c in _GHOSTNET_CHANNELS)
    start = Shape(blocks=_GHOSTNET_BLOCKS, channels=channels, input_px=spec.input_px)
    remark = (
        f"the start has {spec.name}'s stages, built by the rules of the authors' enlarged networks: squeeze-excite in "
        "every block, h-swish in stem and head"
    )
    return _ghost_space(spec, start, options, remark)


def _ghostnet_enlarged(spec: ModelSpec, options: Options) -> Space:
    blocks, channels = {"b1": _B1, "b4": _B4}[str(options["variant"])]
    start = Shape(blocks=blocks, channels=channels, input_px=spec.input_px)
    return _ghost_space(spec, start, options)


def _ghostnet_staged(spec: ModelSpec, options: Options) -> Space:
    return _ghost_space(spec, _written(spec, options), options)


def _ghost_space(spec: ModelSpec, start: Shape, options: Options, remark: str = "") -> Space:
    base = _base(spec, "ghostnet-staged", {"padding": options["padding"]}, "GhostNet enlarged")
    return Space(start=start, base=base, channel_step=4, count_shape=count_ghostnet, remark=remark)


def _efficientnet(spec: ModelSpec, options: Options) -> Space:
    width, depth = float(options["width"]), float(options["depth"])
    start = Shape(
        blocks=tuple(math.ceil(b * depth) for b in _EFFICIENTNET_BLOCKS),
        channels=tuple(make_divisible(c * width, 8) for c in _EFFICIENTNET_CHANNELS),
        input_px=spec.input_px,
    )
    return _efficient_space(spec, start, options)


def _efficientnet_staged(spec: ModelSpec, options: Options) -> Space:
    return _efficient_space(spec, _written(spec, options), options)


def _efficient_space(spec: ModelSpec, start: Shape, options: Options) -> Space:
    kept = {name: options[name] for name in ("padding", "bn_epsilon")}
    base = _base(spec, "efficientnet-staged", kept, "EfficientNet enlarged")
    return Space(start=start, base=base, channel_step=8, count_shape=count_efficientnet)


_SPACES: dict[str, Callable[[ModelSpec, Options], Space]] = {
    "ghostnet": _ghostnet,
    "ghostnet-enlarged": _ghostnet_enlarged,
    "ghostnet-staged": _ghostnet_staged,
    "efficientnet": _efficientnet,
    "efficientnet-staged": _efficientnet_staged,
}


def _base(spec: ModelSpec, architecture: str, options: Options, title: str) -> ModelSpec:
    return replace(
        spec, architecture=architecture, options=options, title=title, expected=None, published=()
    )


def _written(spec: ModelSpec, options: Options) -> Shape:
    return Shape(
        blocks=read_dashed(str(options["blocks"])),
        channels=read_dashed(str(options["channels"])),
        input_px=spec.input_px,
    )


def _refuse_other(spec: ModelSpec, options: Options, needed: Options) -> None:
    for name, value in needed.items():
        if options[name] != value:
            raise UsageError(
                f"{spec.name}: only a GhostNet with {name}={value} can be enlarged, not {name}={options[name]}"
            )


def _with(numbers: tuple[int, ...], place: int, number: int) -> tuple[int, ...]:
    return (*numbers[:place], number, *numbers[place + 1 :])
