import numpy as np
import pytest

from ghostbench.stats.compare import unpaired_ratio
from ghostbench.stats.intervals import median_interval
from ghostbench.stats.session_spread import SessionSpread, session_spread
from ghostbench.stats.summary import Numbers

BETWEEN, WITHIN = 0.03, 0.01


def session(rng: np.random.Generator, time_ms: float = 1.0, blocks: int = 12) -> Numbers:
    return time_ms * np.exp(rng.normal(0, BETWEEN) + rng.normal(0, WITHIN, blocks))


@pytest.mark.parametrize("known", [True, False])
def test_the_same_on_two_days_is_called_different_as_seldom_as_claimed(known: bool) -> None:
    rng = np.random.default_rng(1)
    alone = together = 0
    for _ in range(500):
        spread = SessionSpread(deviation=BETWEEN, degrees=None)
        if known:
            groups = [np.array([np.median(session(rng)) for _ in range(6)]) for _ in range(2)]
            spread = session_spread(groups) or spread
        a, b = session(rng), session(rng)
        alone += unpaired_ratio(a, b).verdict != 0
        together += unpaired_ratio(a, b, reach=spread.reach((1, 1))).verdict != 0
    assert alone > 0.4 * 500  # what blocks alone say of two days
    assert together <= 0.07 * 500


@pytest.mark.parametrize("known", [True, False])
@pytest.mark.parametrize("sessions", [1, 2])
def test_the_interval_over_sessions_holds_as_often_as_it_claims(known: bool, sessions: int) -> None:
    rng = np.random.default_rng(3)
    held = blocks_alone = 0
    for _ in range(1000):
        spread = SessionSpread(deviation=BETWEEN, degrees=None)
        if known:
            groups = [np.array([np.median(session(rng)) for _ in range(6)])]
            spread = session_spread(groups) or spread
        measured = [session(rng) for _ in range(sessions)]
        middle = float(np.median([np.median(blocks) for blocks in measured]))
        within = median_interval(measured[0]) if sessions == 1 else None
        low, high = spread.around(middle, within, sessions)
        held += low <= 1 <= high
        blocks_alone += within is not None and within[0] <= 1 <= within[1]
    assert 930 <= held <= 975
    assert blocks_alone < 500


def test_a_difference_beyond_what_days_differ_by_is_still_found() -> None:
    rng = np.random.default_rng(2)
    reach = SessionSpread(deviation=BETWEEN, degrees=None).reach((1, 1))
    assert unpaired_ratio(session(rng, 1.3), session(rng), reach=reach).verdict == 1


def test_sides_of_many_sessions_show_themselves_how_they_differ() -> None:
    spread = SessionSpread(deviation=BETWEEN, degrees=None)
    assert spread.reach((1, 1)) > spread.reach((2, 1)) > spread.reach((3, 1)) > 0
    assert spread.reach((3, 5)) == 0


def test_few_sessions_do_not_show_how_they_differ() -> None:
    assert session_spread([np.array([1.0, 1.1]), np.array([2.0])]) is None
    many_jobs_of_two_sessions = [np.array([1.0, 1.1])] * 20
    assert session_spread(many_jobs_of_two_sessions) is None
    assert session_spread([]) is None


def test_the_interval_and_the_p_value_agree() -> None:
    rng = np.random.default_rng(4)
    for _ in range(200):
        reach = SessionSpread(deviation=BETWEEN, degrees=8).reach((1, 1))
        ratio = unpaired_ratio(session(rng, 1.06), session(rng), reach=reach)
        low, high = ratio.interval or (0, 0)
        assert ((ratio.p_value or 0) < 0.05) == (not low <= 1 <= high)
