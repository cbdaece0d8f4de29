"""Architecture names to the code that builds them. Keras is imported by `build_network` alone."""

import importlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from ghostbench.core.errors import ConversionError, SpecError
from ghostbench.core.model_spec import ModelSpec, OptionValue
from ghostbench.zoo.keras_backend import import_keras
from ghostbench.zoo.options import Option, check, checked_options
from ghostbench.zoo.stage_options import stages_options

if TYPE_CHECKING:
    import keras


def _choice(meaning: str, default: str, *others: str) -> Option:
    return Option(meaning=meaning, default=default, choices=(default, *others))


def _epsilon(default: float) -> Option:
    return Option(meaning="epsilon of batch-norm", default=default, at_least=1e-9, at_most=0.1)


def _ghost(default_ratio: int) -> dict[str, Option]:
    """Of networks whose convolutions can be Ghost modules."""
    return {
        "ratio": Option(
            meaning="one of how many feature maps is not a cheap copy",
            default=default_ratio,
            at_least=1,
            at_most=16,
        ),
        "dw_size": Option(
            meaning="the kernel that makes the cheap copies", default=3, at_least=1, at_most=7
        ),
    }


INPUT_PX = Option(
    meaning="the side of the square input image", default=224, at_least=32, at_most=1024
)
CLASSES = Option(meaning="the number of logits", default=1000, at_least=1, at_most=100_000)

_WIDTH = {
    "width": Option(meaning="what multiplies the channels", default=1.0, at_least=0.05, at_most=8)
}
_DEPTH = {
    "depth": Option(
        meaning="what multiplies the number of blocks", default=1.0, at_least=0.1, at_most=8
    )
}
_PADDING = {
    "padding": _choice("the padding at stride 2: TensorFlow's or torch's", "same", "symmetric")
}
# The epsilon of TensorFlow's definitions for the networks from there, torch's for the others.
_FROM_TENSORFLOW = {**_PADDING, "bn_epsilon": _epsilon(1e-3)}
_FROM_TORCH = {**_PADDING, "bn_epsilon": _epsilon(1e-5)}
# ResNet-50 is there because its detectors have published counts.
_BACKBONE = {
    "backbone": _choice(
        "the classifier whose maps it looks at",
        "ghostnet",
        "ghostnet-tf",
        "mobilenetv2",
        "mobilenetv3-large",
        "resnet50",
    )
}


@dataclass(frozen=True, slots=True)
class Architecture:
    """A module of `zoo.architectures` and the options of its `build`."""

    module: str
    options: Mapping[str, Option] = field(default_factory=dict)


ARCHITECTURES: Mapping[str, Architecture] = {
    "ghostnet": Architecture(
        "ghostnet",
        {
            **_WIDTH,
            "flavour": _choice("which published definition", "pytorch", "tensorflow"),
            "se": _choice("whether it has squeeze-excite", "yes", "no"),
            **_PADDING,
            **_ghost(2),
        },
    ),
    "mobilenetv1": Architecture("mobilenetv1", {**_WIDTH, **_FROM_TENSORFLOW}),
    "mobilenetv2": Architecture("mobilenetv2", {**_WIDTH, **_FROM_TENSORFLOW}),
    "mobilenetv3": Architecture(
        "mobilenetv3",
        {
            "size": _choice("which of the two networks", "large", "small"),
            **_WIDTH,
            **_FROM_TENSORFLOW,
        },
    ),
    "efficientnet": Architecture("efficientnet", {**_WIDTH, **_DEPTH, **_FROM_TENSORFLOW}),
    "efficientnet-lite": Architecture(
        "efficientnet_lite", {**_WIDTH, **_DEPTH, **_FROM_TENSORFLOW}
    ),
    "mnasnet": Architecture(
        "mnasnet",
        {
            "variant": _choice("which of the two networks", "a1", "b1"),
            **_WIDTH,
            **_FROM_TENSORFLOW,
        },
    ),
    "fbnet": Architecture(
        "fbnet",
        {
            "variant": _choice("which of the three networks", "c", "a", "b"),
            "definition": _choice(
                "the authors' release, or timm's with more 1x1 convolutions", "release", "timm"
            ),
            **_FROM_TORCH,
        },
    ),
    "fbnetv2": Architecture("fbnetv2", _FROM_TORCH),
    "proxylessnas": Architecture("proxylessnas", _FROM_TENSORFLOW),
    "shufflenetv1": Architecture(
        "shufflenetv1",
        {
            **_WIDTH,
            "groups": Option(
                meaning="the groups of 1x1 convolutions, 3 or 8", default=3, at_least=3, at_most=8
            ),
            **_FROM_TORCH,
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
            **_FROM_TORCH,
        },
    ),
    "igcv3": Architecture("igcv3", {**_WIDTH, **_FROM_TORCH}),
    "regnety": Architecture(
        "regnet", {"size": _choice("which of the published sizes", "400mf", "600mf"), **_FROM_TORCH}
    ),
    "ghostnetv2": Architecture("ghostnetv2", {**_WIDTH, **_PADDING}),
    "ghostnet-enlarged": Architecture(
        "ghostnet_enlarged",
        {"variant": _choice("which of the published sizes", "b1", "b4"), **_PADDING},
    ),
    # What `ghostbench enlarge` searches among.
    "ghostnet-staged": Architecture(
        "ghostnet_staged",
        {**stages_options("1-2-2-4-2-5", "16-24-40-80-112-160"), **_PADDING},
    ),
    "efficientnet-staged": Architecture(
        "efficientnet_staged",
        {**stages_options("1-2-2-3-3-4-1", "16-24-40-80-112-192-320"), **_FROM_TENSORFLOW},
    ),
    # With a ratio above 1 these become Ghost-ResNet and Ghost-VGG.
    "resnet50": Architecture("resnet", {**_ghost(1), **_FROM_TORCH}),
    "resnet56": Architecture("resnet_cifar", {**_ghost(1), **_FROM_TORCH}),
    "vgg16": Architecture("vgg", {**_ghost(1), "bn_epsilon": _epsilon(1e-5)}),
    "retinanet": Architecture("retinanet", {**_BACKBONE, **_WIDTH, **_PADDING}),
    "faster-rcnn": Architecture("faster_rcnn", {**_BACKBONE, **_WIDTH, **_PADDING}),
    "ssd-ghostnet": Architecture("ssd_ghostnet", _PADDING),
}


def filled_options(spec: ModelSpec) -> dict[str, OptionValue]:
    """Every option of the spec's architecture, defaults filled in.

    Raises SpecError for an unknown architecture and UsageError for an unknown option or a value that is not allowed.
    """
    check(spec.name, "input_px", spec.input_px, INPUT_PX)
    check(spec.name, "classes", spec.classes, CLASSES)
    return checked_options(spec.name, spec.options, _architecture(spec).options)


def build_network(spec: ModelSpec) -> "keras.Model":
    """The network in Keras: a float image (1, height, width, 3) in; logits (1, classes) out, or (1, boxes, values).

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
