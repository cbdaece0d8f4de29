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


def _epsilon(default: float) -> Option:
    return Option(meaning="epsilon of batch-norm", default=default, at_least=1e-9, at_most=0.1)


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
            "padding": _PADDING,
            "ratio": Option(
                meaning="one of how many feature maps is not a cheap copy",
                default=2,
                at_least=1,
                at_most=16,
            ),
            "dw_size": Option(
                meaning="the kernel that makes the cheap copies", default=3, at_least=1, at_most=7
            ),
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
    "resnet50": Architecture("resnet", {"padding": _PADDING, "bn_epsilon": _epsilon(1e-5)}),
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
