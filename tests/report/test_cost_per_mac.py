import math

import pandas as pd
import pytest

from ghostbench.core.errors import UnknownName, UsageError
from ghostbench.report.charts.cost_per_mac import cost_per_mac_chart
from ghostbench.report.cost_per_mac import PER_NETWORK, cost_of_families, cost_of_networks, in_words
from ghostbench.report.own_model import accuracy_told, beside, own_models, with_accuracy


def frame() -> pd.DataFrame:
    """Two networks of a family, one of another, one file of the user."""
    return pd.DataFrame(
        {
            "model": ["a-1", "a-2", "b-1", "mine"],
            "title": ["A 1", "A 2", "B 1", "mine"],
            "family": ["A", "A", "B", "mine"],
            "route": ["keras", "keras", "keras", "given"],
            "macs": [100_000_000, 400_000_000, 200_000_000, 200_000_000],
            "median_ms": [10.0, 40.0, 5.0, 8.0],
            "ci95_low_ms": [9.0, 38.0, 4.9, 7.5],
            "ci95_high_ms": [11.0, 42.0, 5.1, 8.5],
            "top1_published_percent": [75.0, 78.0, 70.0, math.nan],
            "top1_source": ["x", "x", "x", None],
            "device_kind": ["host"] * 4,
            "emulated": pd.Series([False] * 4, dtype="boolean"),
        }
    )


def test_the_cost_of_a_network_is_its_time_over_its_count_with_the_interval() -> None:
    networks = cost_of_networks(frame())
    assert networks["model"].tolist() == ["b-1", "mine", "a-1", "a-2"]
    costs = [networks[name].iloc[0] for name in PER_NETWORK]
    assert costs == pytest.approx([0.025, 0.0245, 0.0255])


def test_a_family_has_the_geometric_mean_and_a_narrower_interval_than_its_networks() -> None:
    families = cost_of_families(cost_of_networks(frame())).set_index("family")
    a = families.loc["A"]
    assert a[PER_NETWORK[0]] == pytest.approx(0.1)
    below = math.hypot(math.log(10 / 9), math.log(40 / 38)) / 2
    assert a[PER_NETWORK[1]] == pytest.approx(0.1 * math.exp(-below))
    assert 0.09 < a[PER_NETWORK[1]] < 0.1 < a[PER_NETWORK[2]] < 0.11
    assert (a["cheapest"], a["dearest"]) == pytest.approx((0.1, 0.1))


def test_the_words_say_which_family_is_dearest_and_whether_that_is_certain() -> None:
    told = in_words(cost_of_families(cost_of_networks(frame())))
    assert "of A take 4.0 times as long as of B (their intervals do not touch)" in told
    vague = frame().assign(ci95_low_ms=0.1, ci95_high_ms=99.0)
    assert "touch, or are not known" in in_words(cost_of_families(cost_of_networks(vague)))


def test_a_network_without_an_interval_leaves_its_family_without_one() -> None:
    unknown = frame()
    unknown.loc[0, ["ci95_low_ms", "ci95_high_ms"]] = math.nan
    families = cost_of_families(cost_of_networks(unknown)).set_index("family")
    assert families[PER_NETWORK[1]].isna()["A"]


def test_without_counts_there_is_nothing_to_tell() -> None:
    with pytest.raises(UsageError, match="no network with counted multiply-adds"):
        cost_of_networks(frame().assign(macs=0))


def test_the_chart_names_every_network_and_starts_at_zero() -> None:
    (axes,) = cost_per_mac_chart(cost_of_networks(frame()), title="On a device").axes
    assert [tick.get_text() for tick in axes.get_yticklabels()] == ["A 1", "A 2", "mine", "B 1"]
    assert axes.get_xlim()[0] == 0


def test_made_up_times_are_not_drawn_beside_real_ones() -> None:
    mixed = cost_of_networks(frame())
    mixed.loc[0, "device_kind"] = "simulated"
    with pytest.raises(UsageError, match="made-up times"):
        cost_per_mac_chart(mixed, title="On a device")


def test_the_others_are_judged_against_ones_own_model() -> None:
    told = with_accuracy(frame(), "mine", 72.0)
    others = beside(told, "mine").set_index("title")
    assert others.loc["B 1", "in_a_word"] == "a trade"  # faster, less accurate
    assert others.loc["A 1", "in_a_word"] == "a trade"
    assert others.loc["A 1", "times_as_long"] == pytest.approx(1.25)
    better = beside(with_accuracy(frame(), "mine", 69.0), "mine").set_index("title")
    assert better.loc["B 1", "in_a_word"] == "beats it"
    best = beside(with_accuracy(frame(), "mine", 79.0), "mine").set_index("title")
    assert best.loc["A 2", "in_a_word"] == "is beaten"


def test_times_whose_intervals_overlap_are_equally_fast() -> None:
    close = frame()
    close.loc[2, ["ci95_low_ms", "ci95_high_ms"]] = [4.0, 8.0]
    others = beside(with_accuracy(close, "mine", 69.0), "mine").set_index("title")
    assert others.loc["B 1", "in_a_word"] == "as fast, more accurate"


def test_a_model_without_an_accuracy_is_judged_by_nothing() -> None:
    assert set(beside(frame(), "mine")["in_a_word"]) == {"its accuracy is not known"}
    assert own_models(frame()) == ["mine"]


def test_an_accuracy_that_nobody_measured_or_published_is_called_so() -> None:
    told, placed = with_accuracy(frame(), "mine", 72.0), with_accuracy(frame(), "mine")
    assert accuracy_told(told, "mine") == "mine: top-1 72 % as told here, not measured"
    assert accuracy_told(placed, "mine") == "mine: top-1 75 % is a placeholder, not a result"
    published = next(name for name in frame()["model"] if name != "mine")
    kept = with_accuracy(frame(), published)
    assert kept["top1_published_percent"].equals(frame()["top1_published_percent"])
    assert accuracy_told(kept, published).endswith(" % is the published one")


def test_a_model_that_was_not_measured_is_refused() -> None:
    with pytest.raises(UnknownName, match="no measured model 'nine'"):
        with_accuracy(frame(), "nine", 70.0)
    with pytest.raises(UsageError, match="from 0 to 100"):
        with_accuracy(frame(), "mine", 101.0)
