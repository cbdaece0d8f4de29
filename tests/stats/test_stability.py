import numpy as np
import pytest

from benchmarks.alarms_of_stability import (
    PLANTED,
    SAMPLES,
    Plant,
    alarms,
    drift_within,
)
from benchmarks.simulated_campaigns import Conditions
from ghostbench.stats.dip import MAX_POINTS, dip
from ghostbench.stats.modes import Modes, two_kinds_of_blocks, two_modes_within_blocks
from ghostbench.stats.stability import (
    drift_common_to_blocks,
    drift_over_blocks,
    drift_within_block,
    round_effects,
    step_over_blocks,
    step_within_block,
    stretch_medians,
)

CALM = Conditions(block_spread=0.005, sample_noise=0.005)


@pytest.mark.parametrize("conditions", [CALM, Conditions(), Conditions(heavy_blocks=True)])
def test_clean_campaigns_raise_no_alarm(conditions: Conditions) -> None:
    assert alarms(conditions, 8, 80)["any"] == 0


@pytest.mark.parametrize(("plant", "name"), PLANTED.values(), ids=PLANTED.keys())
def test_a_planted_change_of_3_percent_is_found(plant: Plant, name: str) -> None:
    campaigns, least = 40, 0.7
    calm = Conditions(block_spread=0.003, sample_noise=0.005)
    assert alarms(calm, 12, campaigns, plant)[name] >= least * campaigns


def test_a_drift_within_blocks_is_no_drift_over_them() -> None:
    counts = alarms(CALM, 12, 20, drift_within)
    assert counts["drift common to blocks"] == 20
    assert counts["drift"] == counts["step"] == counts["two kinds of blocks"] == 0


def test_a_drift_is_told_in_percent_of_the_whole_campaign() -> None:
    drift = drift_over_blocks(1e6 * np.linspace(1, 1.06, 7))
    assert drift.total_percent == pytest.approx(6, abs=0.1)
    assert drift.per_point_percent == pytest.approx(1, abs=0.05)
    assert drift.matters
    assert drift_over_blocks(np.linspace(1.06, 1, 7)).total_percent < 0


def test_a_change_beyond_chance_but_too_small_to_matter_is_told_and_not_flagged() -> None:
    drift = drift_over_blocks(np.linspace(1, 1.005, 10))
    assert drift.p_value is not None
    assert drift.p_value < 1e-6
    assert not drift.matters
    step = step_over_blocks(np.repeat([1.0, 1.005], 5))
    assert step.p_value is not None
    assert step.p_value < 1e-6
    assert not step.matters


def test_a_step_is_found_where_it_is() -> None:
    noise = np.random.default_rng(0).normal(1, 0.002, 12)
    step = step_over_blocks(noise * np.repeat([1.0, 0.95], [4, 8]))
    assert step.first == 4
    assert step.percent == pytest.approx(-5, abs=0.4)
    assert step.matters


def test_one_slow_block_is_no_step() -> None:
    medians = np.random.default_rng(1).normal(1, 0.002, 10)
    medians[-1] = 1.3
    assert not step_over_blocks(medians).matters
    assert not drift_over_blocks(medians).matters


def test_a_step_within_a_block_is_found_and_corrected_for_the_blocks_examined() -> None:
    block = np.random.default_rng(2).normal(1, 0.005, 120) * np.repeat([1, 1.04], [60, 60])
    alone, among_many = step_within_block(block), step_within_block(block, looks=1000)
    assert alone.matters
    assert alone.first == 6
    assert among_many.p_value == pytest.approx(1000 * (alone.p_value or 0))
    assert drift_within_block(np.linspace(1, 1.04, 60)).matters


@pytest.mark.parametrize("count", [0, 1, 2, 3])
def test_too_few_blocks_have_no_p_value_and_raise_no_alarm(count: int) -> None:
    medians = np.linspace(1, 2, count)
    for found in (drift_over_blocks(medians), step_over_blocks(medians)):
        assert found.p_value is None
        assert not found.matters
    assert two_kinds_of_blocks(medians).p_value is None
    assert drift_over_blocks(medians).per_point_percent >= 0


def test_blocks_of_few_samples_have_fewer_stretches_or_none() -> None:
    assert len(stretch_medians(np.arange(1, 5))) == 0
    assert len(stretch_medians(np.arange(1, 31))) == 6
    assert drift_within_block(np.arange(1, 5)).p_value is None
    nothing = drift_common_to_blocks([np.arange(1, 5)] * 6)
    assert (nothing.p_value, nothing.points) == (None, 0)
    assert drift_common_to_blocks([np.arange(1, 61)] * 3).p_value is None


def test_blocks_that_do_not_differ_at_all_are_steady() -> None:
    same = np.full(8, 5.0)
    assert drift_over_blocks(same).p_value == 1.0
    assert step_over_blocks(same).p_value == 1.0
    assert two_kinds_of_blocks(same).p_value == 1.0


def test_a_time_of_zero_is_refused() -> None:
    with pytest.raises(ValueError, match="above zero"):
        drift_over_blocks(np.array([1.0, 0.0, 1.0, 1.0]))


def test_what_all_networks_have_in_common_shows_a_step_that_single_ones_hide() -> None:
    rng = np.random.default_rng(3)
    noise = np.exp(rng.normal(0, 0.02, (16, 8)))
    times = np.geomspace(1, 10, 16)[:, None] * noise * np.repeat([1, 1.08], 4)
    assert not any(step_over_blocks(row).matters for row in times[:3])
    assert step_over_blocks(round_effects(times)).matters


def test_two_modes_are_told_by_distance_and_share() -> None:
    rng = np.random.default_rng(4)
    slow = rng.random((6, SAMPLES)) < 0.25
    modes = two_modes_within_blocks(
        list(1e6 * rng.normal(1, 0.004, slow.shape) * (1 + 0.04 * slow))
    )
    assert modes.matters
    assert modes.separation_percent == pytest.approx(4, abs=0.5)
    assert modes.slower_share == pytest.approx(0.25, abs=0.06)


def test_blocks_at_different_levels_are_not_two_modes_within_blocks() -> None:
    rng = np.random.default_rng(5)
    blocks = list(rng.normal(1, 0.005, (8, SAMPLES)) * np.tile([1, 1.1], 4)[:, None])
    assert not two_modes_within_blocks(blocks).matters
    assert two_kinds_of_blocks(np.array([np.median(b) for b in blocks])).matters


def test_a_coarse_clock_makes_no_modes() -> None:
    ticks = np.round(np.random.default_rng(6).normal(26, 0.5, (6, 200))).astype(np.int64)
    assert len(np.unique(ticks)) < 8
    assert not two_modes_within_blocks(list(ticks)).matters


def test_modes_that_last_for_many_inferences_count_as_fewer_samples() -> None:
    rng = np.random.default_rng(7)
    mixed = np.repeat(rng.random((4, 30)) < 0.4, 4, axis=1)
    lasting = np.repeat(mixed[:, ::10], 10, axis=1)
    noise = rng.normal(1, 0.004, mixed.shape)
    quick = two_modes_within_blocks(list(noise * (1 + 0.03 * mixed)))
    slow = two_modes_within_blocks(list(noise * (1 + 0.03 * lasting)))
    assert quick.p_value is not None
    assert slow.p_value is not None
    assert quick.p_value < slow.p_value


def test_no_samples_have_no_modes() -> None:
    assert two_modes_within_blocks([]) == Modes(
        separation_percent=0.0, slower_share=0.0, p_value=None
    )
    assert two_modes_within_blocks([np.array([5])]).p_value is None
    assert two_modes_within_blocks([np.full(50, 5)]).matters is False


def test_the_dip_of_evenly_spaced_values_is_the_least_possible() -> None:
    for n in (4, 30, 200):
        assert dip(np.linspace(0, 1, n)) == pytest.approx(1 / (2 * n))


def test_the_dip_is_what_the_authors_define() -> None:
    """Two pairs far apart: the nearest distribution with one mode misses by a quarter less a bit."""
    assert dip(np.array([0.0, 0.001, 0.999, 1.0])) == pytest.approx(0.25, abs=0.01)
    assert dip(np.array([0.0, 1.0, 2.0, 3.0, 100.0])) == pytest.approx(0.1)


def test_thinning_hardly_changes_the_dip() -> None:
    rng = np.random.default_rng(8)
    many = np.sort(np.concatenate([rng.normal(0, 1, 6000), rng.normal(5, 1, 4000)]))
    assert len(many) > MAX_POINTS
    assert dip(many) == pytest.approx(dip(many[::25]), abs=0.02)
