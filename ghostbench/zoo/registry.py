"""Architecture names to the code that builds them. Keras is imported by `build_network` alone."""

import importlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from ghostbench.core.errors import ConversionError, SpecError
from ghostbench.core.model_spec import ModelSpec, OptionValue
from ghostbench.zoo.keras_backend import import_keras
from ghostbench.zoo.options import Option, check, checked_options

if TYPE_CHECKING:
    import keras

INPUT_PX = Option(
    meaning="the side of the square input image", default=224, at_least=32, at_most=1024
)
CLASSES = Option(meaning="the number of logits", default=1000, at_least=1, at_most=100_000)

_WIDTH = Option(meaning="what multiplies the channels", default=1.0, at_least=0.05, at_most=8)
_PADDING = Option(
    meaning="the padding at stride 2: TensorFlow's or torch's",
    default="same",
    choices=("same", "symmetric"),
)

_DW_SIZE = Option(
    meaning="the kernel that makes the cheap copies", default=3, at_least=1, at_most=7
)


def _epsilon(default: float) -> Option:
    return Option(meaning="epsilon of batch-norm", default=default, at_least=1e-9, at_most=0.1)


def _ratio(default: int) -> Option:
    return Option(
        meaning="one of how many feature maps is not a cheap copy",
        default=default,
        at_least=1,
        at_most=16,
    )


@dataclass(frozen=True, slots=True)
class Architecture:
    """A module of `zoo.architectures` and the options of its `build`."""

    module: str
    options: Mapping[str, Option] = field(default_factory=dict)


ARCHITECTURES: Mapping[str, Architecture] = {
    "ghostnet": Architecture(
        "ghostnet",
        {
            "width": _WIDTH,
            "flavour": Option(
                meaning="which published definition",
                default="pytorch",
                choices=("pytorch", "tensorflow"),
            ),
            "se": Option(
                meaning="whether it has squeeze-excite", default="yes", choices=("yes", "no")
            ),
            "padding": _PADDING,
            "ratio": _ratio(2),
            "dw_size": _DW_SIZE,
        },
    ),
    # The epsilons of TensorFlow's definitions for the networks from there, torch's for ResNet.
    "mobilenetv1": Architecture(
        "mobilenetv1", {"width": _WIDTH, "padding": _PADDING, "bn_epsilon": _epsilon(1e-3)}
    ),
    "mobilenetv2": Architecture(
        "mobilenetv2", {"width": _WIDTH, "padding": _PADDING, "bn_epsilon": _epsilon(1e-3)}
    ),
    "mobilenetv3": Architecture(
        "mobilenetv3",
        {
            "size": Option(
                meaning="which of the two networks", default="large", choices=("large", "small")
            ),
            "width": _WIDTH,
            "padding": _PADDING,
            "bn_epsilon": _epsilon(1e-3),
        },
    ),
    "efficientnet": Architecture(
        "efficientnet",
        {
            "width": _WIDTH,
            "depth": Option(
                meaning="what multiplies the number of blocks", default=1.0, at_least=0.1, at_most=8
            ),
            "padding": _PADDING,
            "bn_epsilon": _epsilon(1e-3),
        },
    ),
    "mnasnet": Architecture(
        "mnasnet",
        {
            "variant": Option(
                meaning="which of the two networks", default="a1", choices=("a1", "b1")
            ),
            "width": _WIDTH,
            "padding": _PADDING,
            "bn_epsilon": _epsilon(1e-3),
        },
    ),
    "fbnet": Architecture(
        "fbnet",
        {
            "variant": Option(
                meaning="which of the three networks", default="c", choices=("a", "b", "c")
            ),
            "definition": Option(
                meaning="the authors' release, or timm's with more 1x1 convolutions",
                default="release",
                choices=("release", "timm"),
            ),
            "padding": _PADDING,
            "bn_epsilon": _epsilon(1e-5),
        },
    ),
    "proxylessnas": Architecture(
        "proxylessnas", {"padding": _PADDING, "bn_epsilon": _epsilon(1e-3)}
    ),
    "shufflenetv1": Architecture(
        "shufflenetv1",
        {
            "width": _WIDTH,
            "groups": Option(
                meaning="the groups of 1x1 convolutions, 3 or 8", default=3, at_least=3, at_most=8
            ),
            "padding": _PADDING,
            "bn_epsilon": _epsilon(1e-5),
        },
    ),
    "shufflenetv2": Architecture(
        "shufflenetv2",
        {
            "size": Option(
                meaning="which of the published widths",
                default="1.0x",
                choices=("0.5x", "1.0x", "1.5x", "2.0x"),
            ),
            "padding": _PADDING,
            "bn_epsilon": _epsilon(1e-5),
        },
    ),
    "igcv3": Architecture(
        "igcv3", {"width": _WIDTH, "padding": _PADDING, "bn_epsilon": _epsilon(1e-5)}
    ),
    "regnety": Architecture(
        "regnet",
        {
            "size": Option(
                meaning="which of the published sizes", default="400mf", choices=("400mf", "600mf")
            ),
            "padding": _PADDING,
            "bn_epsilon": _epsilon(1e-5),
        },
    ),
    "ghostnetv2": Architecture("ghostnetv2", {"width": _WIDTH, "padding": _PADDING}),
    "ghostnet-enlarged": Architecture(
        "ghostnet_enlarged",
        {
            "variant": Option(
                meaning="which of the published sizes", default="b1", choices=("b1", "b4")
            ),
            "padding": _PADDING,
        },
    ),
    # With a ratio above 1 these become Ghost-ResNet and Ghost-VGG.
    "resnet50": Architecture(
        "resnet",
        {
            "ratio": _ratio(1),
            "dw_size": _DW_SIZE,
            "padding": _PADDING,
            "bn_epsilon": _epsilon(1e-5),
        },
    ),
    "resnet56": Architecture(
        "resnet_cifar",
        {
            "ratio": _ratio(1),
            "dw_size": _DW_SIZE,
            "padding": _PADDING,
            "bn_epsilon": _epsilon(1e-5),
        },
    ),
    "vgg16": Architecture(
        "vgg", {"ratio": _ratio(1), "dw_size": _DW_SIZE, "bn_epsilon": _epsilon(1e-5)}
    ),
}


def filled_options(spec: ModelSpec) -> dict[str, OptionValue]:
    """Every option of the spec's architecture, defaults filled in.

    Raises SpecError for an unknown architecture and UsageError for an unknown option or a value that is not allowed.
    """
    check(spec.name, "input_px", spec.input_px, INPUT_PX)
    check(spec.name, "classes", spec.classes, CLASSES)
    return checked_options(spec.name, spec.options, _architecture(spec).options)


def build_network(spec: ModelSpec) -> "keras.Model":
    """The network in Keras: a float image (1, height, width, 3) in, logits (1, classes) out.

    Its weights are Keras' initial ones; `zoo.weights` gives it others.
    """
    options = filled_options(spec)
    import_keras()
    module: Any = importlib.import_module(
        f"ghostbench.zoo.architectures.{_architecture(spec).module}"
    )
    try:
        return module.build(input_px=spec.input_px, classes=spec.classes, **options)
    except ValueError as cause:  # how Keras refuses shapes
        first_line = str(cause).strip().splitlines()[0]
        raise ConversionError(
            f"{spec.name}: Keras cannot build this network: {first_line}"
        ) from cause


def _architecture(spec: ModelSpec) -> Architecture:
    try:
        return ARCHITECTURES[spec.architecture]
    except KeyError:
        raise SpecError(
            f"{spec.name}: there is no architecture {spec.architecture!r}; "
            f"known are {', '.join(sorted(ARCHITECTURES))}"
        ) from None
