"""The networks of others with our weights: what `reference_check.py` compares the zoo with.

Timm has most of them. ShuffleNetV2 comes from torchvision, read from its one file, since the package does not load
beside every build of torch (see `StandInForTorchvision`); what neither has comes from pytorchcv.
"""

import hashlib
import importlib
import importlib.abc
import importlib.machinery
import importlib.util
import sys
import types
from collections.abc import Callable
from importlib.metadata import version
from pathlib import Path
from typing import Any

RANDOM_WEIGHTS = Path(__file__).resolve().parent.parent / "ghostbench" / "zoo" / "random_weights.py"
WEIGHTS_SEED = 0
INPUT_SEEDS = (1, 2)
INPUT_PX = 224

# The sides of the images that are not INPUT_PX.
INPUT_PX_OF = {
    "efficientnet-b1": 240,
    "efficientnet-b2": 260,
    "efficientnet-b3": 300,
    "efficientnet-b4": 380,
    "efficientnet-lite1": 240,
    "efficientnet-lite2": 260,
    "efficientnet-lite3": 280,
    "efficientnet-lite4": 300,
}

# What the networks are called in ghostbench, and how timm makes them. Where timm names no network of that
# width, its own builder is given the width. Some are not in models/: they show that widths between the
# published ones are right too. Paths that begin with another package's name are that package's.
REFERENCES: dict[str, tuple[str, str, dict[str, Any]]] = {
    **{
        f"ghostnet-{width}x": ("ghostnet._create_ghostnet", "ghostnet_100", {"width": width})
        for width in (0.35, 0.5, 1.0, 1.1, 1.2, 1.3, 1.43, 1.65)
    },
    **{
        f"{name}-{width}x": (f"{module}._gen_{builder}", variant, {"channel_multiplier": width})
        for name, module, builder, variant, widths in (
            ("mobilenetv1", "efficientnet", "mobilenet_v1", "mobilenetv1_100", (0.5, 1.0)),
            (
                "mobilenetv2",
                "efficientnet",
                "mobilenet_v2",
                "mobilenetv2_100",
                (0.35, 0.6, 0.75, 1.0, 1.3),
            ),
            (
                "mobilenetv3-small",
                "mobilenetv3",
                "mobilenet_v3",
                "mobilenetv3_small_100",
                (0.5, 0.75, 1.0),
            ),
            (
                "mobilenetv3-large",
                "mobilenetv3",
                "mobilenet_v3",
                "mobilenetv3_large_100",
                (0.5, 0.75, 1.0, 1.25),
            ),
        )
        for width in widths
    },
    "efficientnet-b0": ("efficientnet._gen_efficientnet", "efficientnet_b0", {}),
    # The factors of EfficientNet-B3.
    "efficientnet-b0:width=1.2,depth=1.4": (
        "efficientnet._gen_efficientnet",
        "efficientnet_b3",
        {"channel_multiplier": 1.2, "depth_multiplier": 1.4},
    ),
    **{f"efficientnet-b{n}": (f"efficientnet.efficientnet_b{n}", "", {}) for n in (1, 2, 3, 4)},
    **{
        f"efficientnet-lite{n}": (f"efficientnet.tf_efficientnet_lite{n}", "", {}) for n in range(5)
    },
    "resnet50": ("resnet.resnet50", "", {}),
    "mnasnet-a1": ("efficientnet.semnasnet_100", "", {}),
    "mnasnet-a1:width=0.75": ("efficientnet.semnasnet_075", "", {}),
    **{
        f"mnasnet-{width}x": (
            "efficientnet._gen_mnasnet_b1",
            "mnasnet_100",
            {"channel_multiplier": width},
        )
        for width in (0.5, 1.0, 1.3)
    },
    "fbnet-c": ("efficientnet.fbnetc_100", "", {}),
    "regnety-400mf": ("regnet.regnety_004", "", {}),
    "regnety-600mf": ("regnet.regnety_006", "", {}),
    **{
        f"ghostnetv2-{width}x": (
            "ghostnet._create_ghostnet",
            f"ghostnetv2_{round(width * 100)}",
            {"width": width, "version": "v2"},
        )
        for width in (1.0, 1.3, 1.6)
    },
    "ghostnet-1.0x-pets": ("ghostnet.ghostnet_100", "", {"num_classes": 37}),
    **{
        f"shufflenetv2-{size}": (
            "torchvision.models.shufflenetv2.ShuffleNetV2",
            "",
            {"stages_repeats": [4, 8, 4], "stages_out_channels": channels},
        )
        for size, channels in (
            ("0.5x", [24, 48, 96, 192, 1024]),
            ("1.0x", [24, 116, 232, 464, 1024]),
            ("1.5x", [24, 176, 352, 704, 1024]),
        )
    },
    # The channels of the authors' repository; pytorchcv has the paper's, which differ for 0.5x.
    **{
        name: (
            "pytorchcv.models.shufflenet.ShuffleNet",
            "",
            {
                "channels": [
                    [first] * 4,
                    [2 * first] * 8,
                    [4 * first] * 4,
                ],
                "init_block_channels": stem,
                "groups": groups,
            },
        )
        for name, first, stem, groups in (
            ("shufflenetv1-g8-0.5x", 192, 16, 8),
            ("shufflenetv1-g3-1.0x", 240, 24, 3),
        )
    },
    "igcv3-1.0x": ("pytorchcv.models.igcv3.igcv3_w1", "", {}),
    "igcv3-0.75x": ("pytorchcv.models.igcv3.igcv3_w3d4", "", {}),
    "proxylessnas-mobile": ("pytorchcv.models.proxylessnas.proxylessnas_mobile", "", {}),
}

# What torchvision has under other names: the network here, and what makes torchvision's. Its own functions ask for
# weights that the stand-in does not have.
IN_TORCHVISION: dict[str, Callable[[], Any]] = {
    "mobilenetv2-1.0x": lambda: _torchvision("mobilenetv2").MobileNetV2(),
    "mobilenetv3-large-1.0x": lambda: _mobilenetv3("mobilenet_v3_large"),
    "mobilenetv3-small-1.0x": lambda: _mobilenetv3("mobilenet_v3_small"),
    "mnasnet-1.0x": lambda: _torchvision("mnasnet").MNASNet(1.0),
    "mnasnet-1.3x": lambda: _torchvision("mnasnet").MNASNet(1.3),
    "efficientnet-b0": lambda: _efficientnet("efficientnet_b0", 1.0, 1.0),
    "efficientnet-b3": lambda: _efficientnet("efficientnet_b3", 1.2, 1.4),
    "regnety-400mf": lambda: _regnety_400mf(),
}

# Golden file, network, and of how many logits one is kept.
LOGITS_OF = (
    ("ghostnet_100", "ghostnet-1.0x", 1),
    ("ghostnet_050", "ghostnet-0.5x", 10),
    ("mobilenetv1_100", "mobilenetv1-1.0x", 10),
    ("mobilenetv2_100", "mobilenetv2-1.0x", 10),
    ("mobilenetv3_large_100", "mobilenetv3-large-1.0x", 10),
    ("mobilenetv3_small_100", "mobilenetv3-small-1.0x", 10),
    ("efficientnet_b0", "efficientnet-b0", 10),
    ("tf_efficientnet_lite0", "efficientnet-lite0", 10),
    ("resnet50", "resnet50", 10),
    ("semnasnet_100", "mnasnet-a1", 10),
    ("mnasnet_100", "mnasnet-1.0x", 10),
    ("fbnetc_100", "fbnet-c", 10),
    ("ghostnetv2_100", "ghostnetv2-1.0x", 10),
    ("regnety_004", "regnety-400mf", 10),
    ("shufflenet_v2_x1_0", "shufflenetv2-1.0x", 10),
    ("shufflenet_g8", "shufflenetv1-g8-0.5x", 10),
    ("shufflenet_g3", "shufflenetv1-g3-1.0x", 10),
    ("igcv3_w1", "igcv3-1.0x", 10),
    ("proxylessnas_mobile", "proxylessnas-mobile", 10),
)


def reference_network(name: str) -> Any:
    """The network as its package makes it, with our weights, ready for inference."""
    import torch

    path, variant, options = REFERENCES[name]
    make = maker(full_path(path))
    network = make(*([variant] if variant else []), **options).eval()
    random_weights = load_random_weights()
    state = network.state_dict()
    for key, tensor in state.items():
        if not key.endswith("num_batches_tracked"):
            family = name.partition("-")[0]
            values = random_weights.parameter(key, tensor.shape, WEIGHTS_SEED, family)
            tensor.copy_(torch.from_numpy(values))
    network.load_state_dict(state)
    return network


def full_path(path: str) -> str:
    """The path with its package."""
    return path if path.startswith(("torchvision.", "pytorchcv.")) else f"timm.models.{path}"


def maker(path: str) -> Callable[..., Any]:
    """The function or class that makes a network."""
    module, _, function = path.rpartition(".")
    make: Callable[..., Any] = getattr(importlib.import_module(module), function)
    return make


def reference_facts(name: str) -> dict[str, Any]:
    """Counts, and a digest over names and shapes of all parameters."""
    import torch
    from torch.utils.flop_counter import FlopCounterMode

    network, input_px = reference_network(name), INPUT_PX_OF.get(name, INPUT_PX)
    with FlopCounterMode(display=False) as counter, torch.no_grad():
        network(torch.zeros(1, 3, input_px, input_px))
    lines = sorted(
        f"{key} {tuple(tensor.shape)}"
        for key, tensor in network.state_dict().items()
        if not key.endswith("num_batches_tracked")
    )
    path, variant, options = REFERENCES[name]
    given = [*([variant] if variant else []), *(f"{key}={value}" for key, value in options.items())]
    return {
        "reference": f"{full_path(path)}({', '.join(given)})",
        "params": sum(parameter.numel() for parameter in network.parameters()),
        "macs": counter.get_total_flops() // 2,
        "parameters_sha256": hashlib.sha256("\n".join(lines).encode()).hexdigest(),
    }


def logits_file(name: str, step: int) -> dict[str, Any]:
    """What a golden file of logits holds."""
    import torch

    network, random_weights = reference_network(name), load_random_weights()
    images = [random_weights.image(seed, INPUT_PX) for seed in INPUT_SEEDS]
    with torch.no_grad():
        outputs = [network(torch.from_numpy(image).permute(0, 3, 1, 2)) for image in images]
    return {
        "made_by": versions(),
        "network": name,
        "weights_seed": WEIGHTS_SEED,
        "input_seeds": list(INPUT_SEEDS),
        "every": step,
        "logits": [
            [float(f"{logit:.7g}") for logit in output[0, ::step].tolist()] for output in outputs
        ],
    }


def torchvision_parameters() -> dict[str, list[str]]:
    """Names and shapes of all parameters of the networks in `IN_TORCHVISION`, in torchvision's order."""
    return {
        name: [
            f"{key} {tuple(tensor.shape)}"
            for key, tensor in make().state_dict().items()
            if not key.endswith("num_batches_tracked")
        ]
        for name, make in IN_TORCHVISION.items()
    }


def _torchvision(module: str) -> Any:
    return importlib.import_module(f"torchvision.models.{module}")


def _mobilenetv3(name: str) -> Any:
    module = _torchvision("mobilenetv3")
    return module.MobileNetV3(*module._mobilenet_v3_conf(name))


def _efficientnet(name: str, width: float, depth: float) -> Any:
    module = _torchvision("efficientnet")
    setting, last = module._efficientnet_conf(name, width_mult=width, depth_mult=depth)
    return module.EfficientNet(setting, dropout=0.2, last_channel=last)


def _regnety_400mf() -> Any:
    module = _torchvision("regnet")
    return module.RegNet(
        module.BlockParams.from_init_params(
            depth=16, w_0=48, w_a=27.89, w_m=2.09, group_width=8, se_ratio=0.25
        )
    )


def load_random_weights() -> Any:
    """The generator, read by itself: the package around it wants more than this environment has."""
    spec = importlib.util.spec_from_file_location("random_weights", RANDOM_WEIGHTS)
    if spec is None or spec.loader is None:
        raise FileNotFoundError(RANDOM_WEIGHTS)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def versions() -> str:
    import timm
    import torch

    others = ", ".join(f"{name} {version(name)}" for name in ("torchvision", "pytorchcv"))
    return f"timm {timm.__version__}, {others} on torch {torch.__version__.partition('+')[0]}"


class _Anything:
    """What a call of any name gives; as a decorator it leaves alone what it is applied to."""

    def __call__(self, wrapped: Any) -> Any:
        return wrapped


class _AnyName(type):
    def __getattr__(cls, name: str) -> str:
        if name.startswith("__"):
            raise AttributeError(name)
        return name

    def __call__(cls, *_: object, **__: object) -> _Anything:
        return _Anything()


class _AnyModule(types.ModuleType):
    def __getattr__(self, name: str) -> type:
        if name.startswith("__"):
            raise AttributeError(name)
        return _AnyName(name, (), {})


class StandInForTorchvision(importlib.abc.MetaPathFinder, importlib.abc.Loader):
    """Modules in which every name exists and does nothing: timm imports torchvision, its networks do not use it.

    Modules in `READ` are torchvision's own; what they import from it, apart from torch, is for weights alone.
    """

    READ = frozenset(
        {
            *(
                f"torchvision.models.{name}"
                for name in (
                    "_utils", "efficientnet", "mnasnet", "mobilenetv2", "mobilenetv3", "regnet", "shufflenetv2",
                )
            ),
            "torchvision.ops.misc",
        }
    )  # fmt: skip

    def find_spec(  # noqa: D102
        self, name: str, path: object, target: object = None
    ) -> importlib.machinery.ModuleSpec | None:
        if name.partition(".")[0] != "torchvision":
            return None
        if name in self.READ:
            for folder in map(Path, sys.path):
                if (file := (folder / name.replace(".", "/")).with_suffix(".py")).is_file():
                    return importlib.util.spec_from_file_location(name, file)
        return importlib.machinery.ModuleSpec(name, self, is_package=True)

    def create_module(self, spec: importlib.machinery.ModuleSpec) -> types.ModuleType:  # noqa: D102
        return _AnyModule(spec.name)

    def exec_module(self, module: types.ModuleType) -> None:  # noqa: D102
        pass


sys.meta_path.insert(0, StandInForTorchvision())
