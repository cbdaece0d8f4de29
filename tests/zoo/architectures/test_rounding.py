import pytest
from hypothesis import given
from hypothesis import strategies as st

from ghostbench.zoo.architectures.rounding import ceil_divide, make_divisible, round_to_multiple

CHANNELS = st.floats(0.1, 5000)
DIVISORS = st.sampled_from([2, 4, 8])


@given(channels=CHANNELS, divisor=DIVISORS)
def test_torchs_rounding_gives_a_multiple_that_is_near_and_never_much_less(
    channels: float, divisor: int
) -> None:
    rounded = make_divisible(channels, divisor)
    assert rounded % divisor == 0
    assert rounded >= divisor
    assert rounded >= 0.9 * channels
    assert rounded <= max(divisor, channels + divisor)


@pytest.mark.parametrize(
    ("channels", "rounded"),
    [(18, 20), (30, 32), (10, 12), (26.4, 28), (202.4, 204), (1.1, 4), (88.08, 88)],
)
def test_torchs_rounding_of_halves_goes_up(channels: float, rounded: int) -> None:
    assert make_divisible(channels, 4) == rounded


def test_more_than_a_tenth_is_never_lost() -> None:
    assert make_divisible(19.2, 8) == 24  # 16 is nearer, but only 83 %


@pytest.mark.parametrize(
    ("channels", "rounded"), [(202.4, 200), (26.4, 24), (18, 16), (22, 24), (3, 8), (9.9, 8)]
)
def test_tensorflows_rounding_drops_the_fraction_and_takes_halves_to_the_even_multiple(
    channels: float, rounded: int
) -> None:
    assert round_to_multiple(channels, 4, at_least=8) == rounded


def test_division_rounds_up() -> None:
    assert [ceil_divide(n, 3) for n in (1, 3, 4)] == [1, 1, 2]


def test_how_much_may_be_lost_can_be_chosen() -> None:
    # 24 times 1.7912, of which FBNetV2 may lose a twentieth and others a tenth.
    assert make_divisible(42.99, 8) == 40
    assert make_divisible(42.99, 8, least_share=0.95) == 48
