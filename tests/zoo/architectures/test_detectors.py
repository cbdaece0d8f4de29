"""Detectors against what torchvision counts, the published table of backbones, and the authors' number of boxes."""

import csv
import math
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from ghostbench.zoo import weights
from ghostbench.zoo.keras_counts import count_network
from ghostbench.zoo.registry import build_network
from ghostbench.zoo.specs import load_specs, resolve
from ghostbench.zoo.timm_names import timm_parameters

pytestmark = pytest.mark.tensorflow

ROOT = Path(__file__).resolve().parents[3]
SPECS = load_specs(ROOT)
# The classifier whose blocks each backbone is, by the name of the published table.
CLASSIFIERS = {
    "GhostNet": ("ghostnet-1.1x", "ghostnet-tf-1.1x"),
    "MobileNetV2": ("mobilenetv2-1.0x", "mobilenetv2-1.0x"),
    "MobileNetV3": ("mobilenetv3-large-1.0x", "mobilenetv3-large-1.0x"),
}
FAMILIES = {"RetinaNet": "retinanet", "Faster R-CNN": "faster-rcnn"}
with (ROOT / "results" / "published" / "detection.csv").open(encoding="utf-8", newline="") as file:
    ROWS = [row for row in csv.DictReader(file) if row["detector"] in FAMILIES]
# MobileNetV3 is 216.6 M by the authors' code and 219 M in papers: the networks are the same, the counts are not.
TOLERANCE_PERCENT = {"MobileNetV3": 1.2}

# torchvision 0.28.0: parameters of a ResNet-50 whose batch-norms are frozen, and so not counted.
RESNET_NORMS = 53_120
# torchvision's second stage with 91 classes: two dense layers of 1024 on 7x7 places of 256 channels, classes, boxes.
SECOND_STAGE_WEIGHTS = 256 * 49 * 1024 + 1024 * 1024 + 1024 * 91 + 1024 * 364
SECOND_STAGE_BIASES = 1024 + 1024 + 91 + 364
PROPOSALS = 1000
Build = Callable[[str], Any]


def test_the_published_table_names_six_detectors_and_the_zoo_has_them() -> None:
    assert len(ROWS) == 6
    for row in ROWS:
        assert f"{FAMILIES[row['detector']]}-{CLASSIFIERS[row['backbone']][0]}" in SPECS


@pytest.mark.parametrize("row", ROWS, ids=lambda row: f"{row['detector']} {row['backbone']}")
def test_the_backbone_does_the_multiply_adds_of_the_published_table(row: dict[str, str]) -> None:
    expected = SPECS[CLASSIFIERS[row["backbone"]][1]].expected
    assert expected is not None
    tolerance = TOLERANCE_PERCENT.get(row["backbone"], 0.5)
    assert expected.macs / 1e6 == pytest.approx(float(row["backbone_macs_m"]), rel=tolerance / 100)


@pytest.mark.parametrize("row", ROWS, ids=lambda row: f"{row['detector']} {row['backbone']}")
def test_the_backbone_is_the_classifier_without_its_head(
    row: dict[str, str], network: Build
) -> None:
    name, classifier = CLASSIFIERS[row["backbone"]]
    detector = network(f"{FAMILIES[row['detector']]}-{name}")
    theirs = {p.name: p.shape for p in timm_parameters(network(classifier))}
    ours = {
        p.name: p.shape
        for p in timm_parameters(detector)
        if not p.name.startswith(("fpn.", "head.", "rpn."))
    }
    assert ours.items() <= theirs.items()
    missing = {name.split(".")[0] for name in theirs.keys() - ours.keys()} - {"blocks"}
    assert missing <= {"conv_head", "norm_head", "bn2", "classifier"}
    # Of the blocks, the last convolution alone is left out.
    left_out = {name.rpartition(".")[0] for name in theirs.keys() - ours.keys() if "blocks" in name}
    assert len({name.rpartition(".")[0] for name in left_out}) <= 1


@pytest.mark.parametrize(
    ("name", "params", "giga_macs"),
    [
        ("retinanet-ghostnet-1.1x:classes=91,", 34_014_999, 151.54),
        (
            "faster-rcnn-ghostnet-1.1x:",
            41_755_286 - SECOND_STAGE_WEIGHTS - SECOND_STAGE_BIASES,
            134.38 - PROPOSALS * SECOND_STAGE_WEIGHTS / 1e9,
        ),
    ],
)
def test_with_a_resnet_50_detectors_count_to_what_torchvision_says(
    name: str, params: int, giga_macs: float
) -> None:
    spec = resolve(f"{name}backbone=resnet50,width=1,input_px=800", SPECS)
    found = count_network(build_network(spec))
    assert found.params == params + RESNET_NORMS
    assert found.macs / 1e9 == pytest.approx(giga_macs, abs=0.006)


def test_a_resnet_50_has_one_width(network: Build) -> None:
    from ghostbench.core.errors import ConversionError

    with pytest.raises(ConversionError, match=r"the width 1 alone, not 1\.1"):
        network("retinanet-ghostnet-1.1x:backbone=resnet50")


@pytest.mark.parametrize(
    ("name", "boxes", "values"),
    [
        ("ssd-ghostnet-1.3x", 1917, 4 + 81),
        ("retinanet-ghostnet-1.1x", 9 * (40**2 + 20**2 + 10**2 + 5**2 + 3**2), 4 + 80),
        ("faster-rcnn-ghostnet-1.1x", 3 * (80**2 + 40**2 + 20**2 + 10**2 + 5**2), 4 + 1),
    ],
)
def test_one_image_goes_in_and_a_row_for_each_box_comes_out(
    name: str, boxes: int, values: int, network: Build
) -> None:
    built, spec = network(name), SPECS[name]
    assert built.input_shape == (1, spec.input_px, spec.input_px, 3)
    assert built.output_shape == (1, boxes, values)


def test_sizes_that_do_not_halve_evenly_are_built_too(network: Build) -> None:
    built = network("retinanet-ghostnet-1.1x:input_px=100")
    assert built.output_shape == (1, 9 * (13**2 + 7**2 + 4**2 + 2**2 + 1), 84)


def test_levels_share_the_weights_of_their_heads(network: Build) -> None:
    built = network("retinanet-ghostnet-1.1x:input_px=64")
    shared = [layer for layer in built.layers if layer.name.startswith("head_")]
    assert len(shared) == 10
    assert {len(layer._inbound_nodes) for layer in shared} == {5}


def test_coarse_maps_reach_the_finest_level(network: Build) -> None:
    """A pyramid that forgot to add would still have the right shapes and counts."""
    built = network("retinanet-ghostnet-1.1x:input_px=64")
    weights.randomise(built, 0)
    image = np.zeros((1, 64, 64, 3), np.float32)
    before = np.asarray(built(image))[0, : 9 * 8**2]
    coarse = built.get_layer("fpn_inner_blocks_2_0")
    coarse.bias.assign_add(np.ones(256, np.float32))
    after = np.asarray(built(image))[0, : 9 * 8**2]
    assert np.abs(after - before).max() > 1e-3
    coarse.bias.assign_sub(np.ones(256, np.float32))


def test_boxes_come_before_classes_and_places_in_their_order(network: Build) -> None:
    built = network("ssd-ghostnet-1.3x")
    weights.randomise(built, 0)
    for name, column in (("boxes_0_conv2", 0), ("classes_0_conv2", 4)):
        layer = built.get_layer(name)
        kept = layer.get_weights()
        layer.set_weights([np.zeros_like(kept[0]), np.arange(len(kept[1]), dtype=np.float32)])
        out = np.asarray(built(np.zeros((1, 300, 300, 3), np.float32)))[0]
        width = 4 if column == 0 else 81
        rows = out[: 19 * 19 * 3, column : column + width]
        one_place = np.arange(3 * width, dtype=np.float32).reshape(3, width)
        assert np.array_equal(rows, np.tile(one_place, (19 * 19, 1)))
        layer.set_weights(kept)
    assert math.prod(built.output_shape) == 1917 * 85
