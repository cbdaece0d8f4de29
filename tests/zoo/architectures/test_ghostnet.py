"""GhostNet against the table of its layers, in both published definitions."""

import csv
import math
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

pytestmark = pytest.mark.tensorflow

ROOT = Path(__file__).resolve().parents[3]
TABLE = ROOT / "results" / "published" / "ghostnet_arch.csv"
with TABLE.open(encoding="utf-8", newline="") as file:
    ROWS = {row["layer"]: row for row in csv.DictReader(file)}
BLOCK_ROWS = [row for layer, row in ROWS.items() if layer.startswith("bneck")]
SUFFIX = {"pytorch": "pt", "tensorflow": "tf"}
WIDTHS = (0.5, 1.0, 1.1, 1.2, 1.3)

# Which layers of the network a row of the table stands for, by how their names begin.
STAGE_ROWS = (1, 1, 1, 1, 1, 1, 5, 1, 4)
BLOCK_NAMES = [f"blocks_{s}_{r}_" for s, count in enumerate(STAGE_ROWS) for r in range(count)]
LAYERS_OF = {
    "stem": ("conv_stem", "bn1"),
    **{row["layer"]: (name,) for row, name in zip(BLOCK_ROWS, BLOCK_NAMES, strict=True)},
    "conv_last": ("blocks_9_0_",),
    "fc1": ("conv_head",),
    "fc2": ("classifier",),
}
Build = Callable[[str], Any]


def column(row: dict[str, str], what: str, width: float, flavour: str) -> int:
    if width != 1.0:
        return int(row[f"{what}_w{width}_{SUFFIX[flavour]}"])
    return int(row[{"exp": "exp", "out": "out_ch"}[what]])


def name(width: float, flavour: str) -> str:
    return f"ghostnet-{'tf-' if flavour == 'tensorflow' else ''}{width}x"


@pytest.mark.parametrize("flavour", SUFFIX)
@pytest.mark.parametrize("width", WIDTHS)
def test_channels_are_those_of_the_table(width: float, flavour: str, network: Build) -> None:
    built = network(name(width, flavour))
    for row, block in zip(BLOCK_ROWS, BLOCK_NAMES, strict=True):
        expanded = built.get_layer(f"{block}ghost1_concat").output.shape[-1]
        out = built.get_layer(f"{block}add").output.shape[-1]
        assert expanded == column(row, "exp", width, flavour), block
        assert out == column(row, "out", width, flavour), block
    stem = built.get_layer("conv_stem").filters
    last = built.get_layer("blocks_9_0_conv").filters
    assert stem == column(ROWS["stem"], "out", width, flavour)
    assert last == column(ROWS["conv_last"], "out", width, flavour)
    assert built.get_layer("conv_head").filters == 1280


@pytest.mark.parametrize("flavour", SUFFIX)
def test_squeeze_excite_stands_where_the_table_says_with_its_channels(
    flavour: str, network: Build
) -> None:
    built = network(name(1.0, flavour))
    found = {
        layer.name.removesuffix("se_conv_reduce"): layer.filters
        for layer in built.layers
        if layer.name.endswith("se_conv_reduce")
    }
    assert found == {
        block: int(row[f"se_reduced_{SUFFIX[flavour]}"])
        for row, block in zip(BLOCK_ROWS, BLOCK_NAMES, strict=True)
        if row["se"] == "1"
    }


def test_kernels_strides_sizes_and_shortcuts_are_those_of_the_table(network: Build) -> None:
    built = network("ghostnet-1.0x")
    names = {layer.name for layer in built.layers}
    for row, block in zip(BLOCK_ROWS, BLOCK_NAMES, strict=True):
        assert built.get_layer(f"{block}add").output.shape[1] == int(row["out_px"])
        assert (f"{block}conv_dw" in names) == (row["stride"] == "2")
        assert (f"{block}shortcut_0" in names) == (row["shortcut"] != "identity")
        for depthwise in {f"{block}conv_dw", f"{block}shortcut_0"} & names:
            layer = built.get_layer(depthwise)
            assert layer.kernel_size == (int(row["kernel"]),) * 2
            assert layer.strides == (int(row["stride"]),) * 2


@pytest.mark.parametrize("row", [row for row in ROWS.values() if row["layer"] in LAYERS_OF])
def test_every_row_has_the_parameters_and_multiply_adds_of_the_table(
    row: dict[str, str], network: Build
) -> None:
    layers = [
        layer
        for layer in network("ghostnet-1.0x").layers
        if layer.name.startswith(LAYERS_OF[row["layer"]])
    ]
    params = sum(math.prod(v.shape) for layer in layers for v in layer.trainable_variables)
    macs = sum(
        math.prod(layer.kernel.shape) * math.prod(layer.output.shape[1:-1])
        for layer in layers
        if hasattr(layer, "kernel")
    )
    assert (params, macs) == (int(row["params_pt"]), int(row["macs_pt"]))


def test_the_table_accounts_for_the_whole_network(network: Build) -> None:
    total = sum(int(row["params_pt"]) for row in ROWS.values())
    assert total == sum(math.prod(v.shape) for v in network("ghostnet-1.0x").trainable_variables)


def test_the_gate_is_open_by_half_at_0_in_one_definition_and_shut_in_the_other(
    network: Build,
) -> None:
    x = np.array([[-4.0, -1.5, 0.0, 0.25, 0.75, 1.5, 4.0]], np.float32)
    gates = {
        flavour: np.asarray(network(name(1.0, flavour)).get_layer("blocks_3_0_se_gate")(x))
        for flavour in SUFFIX
    }
    assert gates["pytorch"] == pytest.approx(np.clip(x + 3, 0, 6) / 6, abs=1e-6)
    assert gates["tensorflow"] == pytest.approx(np.clip(x, 0, 1), abs=1e-6)


def test_the_layer_of_1280_has_a_bias_in_one_definition_and_a_batch_norm_in_the_other(
    network: Build,
) -> None:
    torch, tensorflow = network("ghostnet-1.0x"), network("ghostnet-tf-1.0x")
    assert torch.get_layer("conv_head").use_bias
    assert not tensorflow.get_layer("conv_head").use_bias
    norms = {layer.name for layer in tensorflow.layers} - {layer.name for layer in torch.layers}
    assert norms == {"norm_head"}


@pytest.mark.parametrize("flavour", SUFFIX)
def test_batch_norm_has_the_epsilon_and_momentum_of_the_published_code(
    flavour: str, network: Build
) -> None:
    norms = [n for n in network(name(1.0, flavour)).layers if "BatchNorm" in type(n).__name__]
    assert {(norm.epsilon, norm.momentum) for norm in norms} == {(1e-5, 0.9)}


def test_whether_the_shortcut_is_the_input_depends_on_scaled_channels_in_one_definition_only() -> (
    None
):
    from ghostbench.zoo.architectures.ghostnet import FLAVOURS, bottlenecks

    # At these widths 80 and 112 channels scale to the same number.
    for flavour, width, identity in (("pytorch", 0.035, True), ("tensorflow", 0.05, False)):
        block = next(b for b in bottlenecks(width, FLAVOURS[flavour]) if b.name == "blocks_6_3")
        assert block.in_channels == block.out
        assert block.identity is identity


def test_nothing_is_sliced_where_channels_come_out_even(network: Build) -> None:
    assert slices(network("ghostnet-1.3x")) == []


def test_with_ratio_3_only_modules_whose_channels_do_not_come_out_even_are_sliced(
    network: Build,
) -> None:
    built = network("ghostnet-1.0x:ratio=3,input_px=32")
    joined = [layer.output.shape[-1] for layer in built.layers if layer.name.endswith("_concat")]
    wanted = [int(row[key]) for row in BLOCK_ROWS for key in ("exp", "out_ch")]
    uneven = [out for out, made in zip(wanted, joined, strict=True) if made != out]
    assert slices(built) == uneven
    assert 0 < len(uneven) < len(wanted)


def slices(built: Any) -> list[int]:
    """Channels after every slice; slices are operations of the network but not layers."""
    found = [part for part in built.operations if type(part).__name__ == "GetItem"]
    return [part.output.shape[-1] for part in found]


def test_with_ratio_1_there_are_no_cheap_copies(network: Build) -> None:
    built = network("ghostnet-1.0x:ratio=1,input_px=32")
    assert not [layer for layer in built.layers if "cheap" in layer.name]
    assert built.get_layer("blocks_8_3_add").output.shape[-1] == 160


def test_the_size_of_the_cheap_kernels_can_be_chosen(network: Build) -> None:
    built = network("ghostnet-1.0x:dw_size=5,input_px=32")
    kernels = {
        layer.kernel_size for layer in built.layers if layer.name.endswith("cheap_operation_0")
    }
    assert kernels == {(5, 5)}


def test_explicit_padding_stands_before_strided_convolutions_only(network: Build) -> None:
    built = network("ghostnet-1.0x:padding=symmetric")
    padded = [layer for layer in built.layers if type(layer).__name__ == "ZeroPadding2D"]
    assert len(padded) == 9  # the stem, and twice in each of four bottlenecks
    for layer in padded:
        convolution = built.get_layer(layer.name.removesuffix("_pad"))
        assert convolution.strides == (2, 2)
        side = convolution.kernel_size[0] // 2
        assert layer.padding == ((side, side), (side, side))
