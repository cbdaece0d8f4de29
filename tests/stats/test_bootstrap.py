import numpy as np
import pytest

from ghostbench.stats.bootstrap import MIN_BLOCKS, bootstrap_interval
from ghostbench.stats.summary import Times


def blocks_of(seed: int, count: int = 10, samples: int = 200) -> list[Times]:
    rng = np.random.default_rng(seed)
    return [rng.lognormal(3 + rng.normal(0, 0.01), 0.05, samples) for _ in range(count)]


def test_the_same_seed_gives_the_same_interval() -> None:
    blocks = blocks_of(1)
    first = bootstrap_interval(blocks, 0.5, np.random.default_rng(9))
    assert first == bootstrap_interval(blocks, 0.5, np.random.default_rng(9))
    assert first != bootstrap_interval(blocks, 0.5, np.random.default_rng(10))


def test_the_order_of_samples_does_not_matter() -> None:
    blocks = blocks_of(2)
    turned = [block[::-1] for block in blocks]
    assert bootstrap_interval(blocks, 0.9, np.random.default_rng(9)) == bootstrap_interval(
        turned, 0.9, np.random.default_rng(9)
    )


def test_it_draws_like_a_bootstrap_that_resamples_every_sample() -> None:
    """The short cut by the Beta distribution against the plain way, sample by sample."""
    blocks = blocks_of(3, count=8, samples=41)
    rng = np.random.default_rng(4)
    table = np.stack(blocks)
    plain = []
    for _ in range(6000):
        drawn = table[rng.integers(0, 8, 8)]
        redrawn = np.take_along_axis(drawn, rng.integers(0, 41, (8, 41)), axis=1)
        plain.append(np.median(np.median(redrawn, axis=1)))
    interval = bootstrap_interval(blocks, 0.5, np.random.default_rng(5), resamples=20_000)
    width = np.ptp(np.quantile(plain, (0.025, 0.975)))
    assert interval == pytest.approx(tuple(np.quantile(plain, (0.025, 0.975))), abs=0.05 * width)


def test_too_few_blocks_give_no_interval() -> None:
    blocks = blocks_of(6, count=MIN_BLOCKS - 1)
    assert bootstrap_interval(blocks, 0.5, np.random.default_rng(0)) is None


def test_a_quantile_outside_its_range_is_refused() -> None:
    with pytest.raises(ValueError, match="between 0 and 1"):
        bootstrap_interval(blocks_of(7), 1.0, np.random.default_rng(0))
