import pytest
from hypothesis import given
from hypothesis import strategies as st

from ghostbench.core.errors import UsageError
from ghostbench.report.paper_tables_rows import read_compression, read_ghost_modules
from ghostbench.report.paper_theory import (
    ConvolutionShape,
    compression,
    convolution_macs,
    ghost_macs,
    speed_up,
    vgg16_counts,
)
from ghostbench.zoo.specs import load_specs

sizes = st.integers(1, 2048)


def test_a_1x1_layer_of_few_channels_saves_little_by_theory_itself() -> None:
    assert speed_up(inputs=16, kernel=1, ratio=2, dw_size=3) == pytest.approx(16 / (8 + 4.5))
    assert speed_up(inputs=16, kernel=1, ratio=2, dw_size=3) == pytest.approx(1.28)


def test_a_1x1_layer_of_fewer_channels_than_the_cheap_kernel_costs_more_as_a_ghost_module() -> None:
    assert speed_up(inputs=4, kernel=1, ratio=2, dw_size=3) < 1


def test_where_both_kernels_are_alike_theory_is_nearly_the_ratio() -> None:
    c, s = 512, 4
    exact = speed_up(inputs=c, kernel=3, ratio=s, dw_size=3)
    assert exact == pytest.approx(s * c / (s + c - 1))
    assert exact == pytest.approx(s, rel=0.01)


@given(inputs=sizes, outputs=sizes, kernel=st.sampled_from((1, 3, 5)), ratio=st.integers(2, 8))
def test_speed_up_and_compression_are_one_number(
    inputs: int, outputs: int, kernel: int, ratio: int
) -> None:
    shape = ConvolutionShape(inputs=inputs, outputs=outputs, kernel=kernel, out_px=7)
    fewer = speed_up(inputs=inputs, kernel=kernel, ratio=ratio, dw_size=3)
    assert compression(shape, ratio=ratio, dw_size=3) == pytest.approx(fewer)


@given(inputs=sizes, maps=sizes, kernel=st.sampled_from((1, 3)), ratio=st.integers(2, 8))
def test_counted_multiply_adds_have_the_ratio_of_theory_where_maps_divide(
    inputs: int, maps: int, kernel: int, ratio: int
) -> None:
    shape = ConvolutionShape(inputs=inputs, outputs=maps * ratio, kernel=kernel, out_px=14)
    counted = convolution_macs(shape) / ghost_macs(shape, ratio=ratio, dw_size=3)
    assert counted == pytest.approx(speed_up(inputs=inputs, kernel=kernel, ratio=ratio, dw_size=3))


@pytest.mark.parametrize("wrong", ["inputs", "kernel", "ratio", "dw_size"])
def test_a_module_of_nothing_is_refused(wrong: str) -> None:
    sizes = {"inputs": 16, "kernel": 1, "ratio": 2, "dw_size": 3, wrong: 0}
    with pytest.raises(UsageError, match="at least 1"):
        speed_up(**sizes)


@pytest.mark.parametrize(("name", "ratio"), [("vgg16-cifar10", 1), ("ghost-vgg16-cifar10", 2)])
def test_the_formula_counts_what_built_networks_must_count_to(name: str, ratio: int) -> None:
    expected, counts = load_specs()[name].expected, vgg16_counts(ratio=ratio, dw_size=3)
    assert expected is not None
    assert (counts.params, counts.macs) == (expected.params, expected.macs)


def test_a_second_dense_layer_would_explain_the_parameters_of_every_row_of_the_ablation() -> None:
    rows = [r for r in read_compression() if r.table in ("ablation_s", "ablation_d")]
    assert len(rows) == 8
    for row in rows:
        assert row.ratio is not None
        assert row.dw_size is not None
        assert row.params is not None
        ours = vgg16_counts(ratio=row.ratio, dw_size=row.dw_size).params
        assert round(ours / 1e5) != round(row.params / 1e5)
        assert round((ours + 513 * 512) / 1e5) == round(row.params / 1e5), row.key


def test_ghostnet_has_two_ghost_modules_in_each_of_sixteen_bottlenecks() -> None:
    modules = read_ghost_modules()
    assert len(modules) == 32
    assert (modules[0].inputs, modules[0].outputs, modules[0].out_px) == (16, 16, 112)
    assert (modules[-1].inputs, modules[-1].outputs, modules[-1].out_px) == (960, 160, 7)
