"""Parameters and multiply-adds of every network, counted here from its Keras layers, against its sources."""

import hashlib
import json
from collections.abc import Callable
from pathlib import Path

import pytest

from ghostbench.zoo.specs import load_specs
from tests.zoo.architectures.built_facts import BuiltFacts

pytestmark = pytest.mark.tensorflow

ROOT = Path(__file__).resolve().parents[3]
SPECS = load_specs(ROOT)
GOLDEN = ROOT / "tests" / "fixtures" / "golden" / "networks.json"
REFERENCES = json.loads(GOLDEN.read_text(encoding="utf-8"))["networks"]
# Defined by papers and repositories alone.
WITHOUT_REFERENCE = {
    "fbnet-a",
    "fbnet-b",
    "fbnetv2-l1",
    "ghost-resnet50-s2",
    "ghost-resnet50-s4",
    "ghost-resnet56-cifar10",
    "ghost-vgg16-cifar10",
    "ghostnet-1.0x-no-se-pets",
    "ghostnet-b1",
    "ghostnet-b4",
    "resnet56-cifar10",
    "vgg16-cifar10",
}
DETECTORS = {name for name in SPECS if name.startswith(("faster-rcnn-", "retinanet-", "ssd-"))}
Built = Callable[[str], BuiltFacts]


@pytest.mark.parametrize("name", SPECS)
def test_every_network_counts_to_what_its_spec_expects(name: str, built: Built) -> None:
    expected = SPECS[name].expected
    assert expected is not None
    assert (built(name).params, built(name).macs) == (expected.params, expected.macs)


@pytest.mark.parametrize(
    ("name", "params_m", "macs_m"),
    [
        ("ghostnet-0.5x", 2.587292, 42.33),
        ("ghostnet-1.0x", 5.182508, 141.15),
        ("ghostnet-1.1x", 5.856, 166.99),
        ("ghostnet-1.2x", 6.594, 197.96),
        ("ghostnet-1.3x", 7.358820, 227.00),
    ],
)
def test_ghostnet_counts_to_what_the_authors_code_does(
    name: str, params_m: float, macs_m: float, built: Built
) -> None:
    assert built(name).params / 1e6 == pytest.approx(params_m, abs=5e-4)
    assert built(name).macs / 1e6 == pytest.approx(macs_m, abs=5e-3)


@pytest.mark.parametrize("name", REFERENCES)
def test_counts_names_and_shapes_are_those_of_the_reference(name: str, built: Built) -> None:
    facts, reference = built(name), REFERENCES[name]
    digest = hashlib.sha256("\n".join(facts.parameters).encode()).hexdigest()
    assert facts.params == reference["params"]
    assert facts.macs == reference["macs"]
    assert digest == reference["parameters_sha256"]


def test_every_network_that_others_have_is_compared_with_theirs() -> None:
    own = WITHOUT_REFERENCE | DETECTORS
    assert {name for name in SPECS if "-tf-" not in name} - own <= set(REFERENCES)


@pytest.mark.parametrize("name", sorted(SPECS.keys() - DETECTORS))
def test_one_image_goes_in_and_logits_come_out(name: str, built: Built) -> None:
    facts, spec = built(name), SPECS[name]
    assert facts.input_shape == (1, spec.input_px, spec.input_px, 3)
    assert facts.output_shape == (1, spec.classes)
    assert facts.last_activation == "linear"


@pytest.mark.parametrize("name", SPECS)
def test_layers_have_names_that_every_backend_takes_and_no_preprocessing_is_among_them(
    name: str, built: Built
) -> None:
    for layer, kind in built(name).layers:
        assert not set("./ ") & set(layer)
        assert kind not in ("Rescaling", "Normalization", "Resizing")


def test_fbnetv2_counts_to_what_its_authors_wrote_beside_it(built: Built) -> None:
    """They wrote 8.49652 M and 423.912768 M beside FBNetV2-L2, which is L1 at 256 pixels.

    They count weights without biases and batch-norm, and what goes into each mean as a multiply-add, 1984 for one that
    this network does without.
    """
    facts = built("fbnetv2-l1:input_px=256")
    assert facts.kernel_params == 8_496_520
    assert facts.macs + facts.mean_inputs + 1984 == 423_912_768


def test_resnet_56_counts_to_pytorchcvs_without_its_shortcuts(built: Built) -> None:
    # pytorchcv 0.0.74, resnet56_cifar10: 855,770, with a 1x1 convolution and batch-norm where the image is halved.
    shortcuts = 16 * 32 + 2 * 32 + 32 * 64 + 2 * 64
    assert built("resnet56-cifar10").params == 855_770 - shortcuts
