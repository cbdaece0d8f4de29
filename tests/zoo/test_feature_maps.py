from itertools import pairwise

import numpy as np
import pytest

from ghostbench.core.errors import UsageError
from ghostbench.zoo.feature_maps import Maps, best_kernel, fit_kernels, most_similar_pairs


def maps() -> Maps:
    """Two maps that blur a third, one of noise, one that is constant."""
    rng = np.random.default_rng(0)
    first, noise = rng.normal(size=(2, 24, 24)).astype(np.float32)
    padded = np.pad(first, 1)
    blurred = padded[1:-1, 1:-1] + 0.5 * padded[:-2, 1:-1]
    return np.stack([first, noise, blurred, -3 * first, np.full_like(first, 2.0)], axis=-1)


def test_the_most_similar_pair_is_found_whatever_its_sign_and_scale() -> None:
    (pair,) = most_similar_pairs(maps(), 1)
    assert {pair.source, pair.target} == {0, 3}
    assert pair.correlation == pytest.approx(-1.0)


def test_no_map_is_in_two_pairs_and_none_that_does_not_vary() -> None:
    pairs = most_similar_pairs(maps(), 2)
    used = [number for pair in pairs for number in (pair.source, pair.target)]
    assert sorted(used) == [0, 1, 2, 3]


def test_maps_that_are_alike_at_their_edges_alone_are_no_pair() -> None:
    edged = maps()
    edged[:, -1, 1] = edged[:, -1, 0] = 100.0  # the noise and the first map
    (pair,) = most_similar_pairs(edged, 1)
    assert {pair.source, pair.target} == {0, 3}


def test_more_pairs_than_there_are_maps_for_are_refused() -> None:
    with pytest.raises(UsageError, match="3 pairs cannot be made of 4 maps"):
        most_similar_pairs(maps(), 3)


def test_the_kernel_that_made_a_map_is_found_again() -> None:
    kernel, made = best_kernel(maps()[..., 0], maps()[..., 2], 3)
    expected = np.zeros((3, 3))
    expected[1, 1], expected[0, 1] = 1.0, 0.5
    assert kernel == pytest.approx(expected, abs=1e-5)
    assert made == pytest.approx(maps()[..., 2], abs=1e-5)


def test_a_larger_kernel_is_never_worse() -> None:
    pairs = most_similar_pairs(maps(), 2)
    for pair in pairs:
        errors = [fit.mse for fit in fit_kernels(maps(), [pair])]
        assert len(errors) == 4
        assert all(later <= earlier + 1e-7 for earlier, later in pairwise(errors))


def test_an_even_kernel_is_refused() -> None:
    with pytest.raises(UsageError, match="odd"):
        best_kernel(maps()[..., 0], maps()[..., 1], 2)
