"""Many networks in one order, and how far it can be trusted: groups, ranks, the Pareto front.

All functions take block medians by network (rows) and round (columns) of one interleaved campaign.
"""

import math
from dataclasses import dataclass

import numpy as np

from ghostbench.stats.summary import CONFIDENCE, Numbers

# Five rounds have 16 patterns of signs: even the rarest comes in more than 5 of 100 cases.
MIN_ROUNDS = 6
# All 2^(rounds - 1) patterns of signs are tried up to this many; above, as many are drawn.
_PATTERNS = 4096
_SEED = 2020


@dataclass(frozen=True, slots=True, kw_only=True)
class Ranking:
    """The order by typical time, with 95 % confidence in all its statements together."""

    order: tuple[int, ...]  # the rows of the networks, fastest first
    ranks: tuple[tuple[int, int], ...]  # by row: the best and the worst rank it may have, from 1
    groups: tuple[
        tuple[int, ...], ...
    ]  # rows that cannot be told apart, fastest first; they may overlap


def rank(medians: Numbers) -> Ranking | None:
    """Order networks and say which cannot be told apart; None below six rounds.

    Every pair is compared round by round. The bound for all pairs together is that of the largest statistic among them
    when the signs of whole rounds are flipped (Westfall and Young, 1993): so it knows how alike the pairs are and
    assumes no distribution but a symmetric one. A rank interval counts the networks surely faster and surely slower
    (as Klein, Wright and Wieczorek, 2020). A group is a run of the order in which no pair differs.

    >>> times = np.array([[1.0], [1.2], [1.201]]) * np.random.default_rng(0).normal(1, 0.01, (3, 10))
    >>> ranking = rank(times)
    >>> ranking.groups, ranking.ranks
    (((0,), (1, 2)), ((1, 1), (2, 3), (2, 3)))
    """
    logs = _checked(medians)
    count, rounds = logs.shape
    if rounds < MIN_ROUNDS:
        return None
    order = np.argsort(logs.mean(axis=1), kind="stable")
    slower = _surely_slower(logs)
    ranks = tuple(
        (1 + int(slower[row].sum()), count - int(slower[:, row].sum())) for row in range(count)
    )
    return Ranking(
        order=tuple(map(int, order)), ranks=ranks, groups=_groups(order, slower | slower.T)
    )


def front_probabilities(
    medians: Numbers,
    accuracies: Numbers,
    rng: np.random.Generator,
    *,
    accuracy_errors: Numbers | None = None,
    resamples: int = 2000,
) -> Numbers:
    """The probability of each network to lie on the Pareto front of time and accuracy.

    Rounds are drawn with replacement, all networks together, so what a round did to all alike cancels. The times of a
    draw are geometric means, spread by what a bootstrap of so few rounds lacks. `accuracy_errors` are standard errors
    in the unit of the accuracies; without them the accuracies are taken as they stand. Two networks with equal time
    and accuracy both stay, as in `pareto_front`.

    >>> times = np.array([[1.0], [2.0], [2.001]]) * np.random.default_rng(0).normal(1, 0.01, (3, 12))
    >>> front = front_probabilities(times, np.array([70.0, 75.0, 75.0]), np.random.default_rng(1))
    >>> float(front[0]), bool(front[1] + front[2] == 1)
    (1.0, True)
    """
    logs = _checked(medians)
    count, rounds = logs.shape
    if len(accuracies) != count:
        raise ValueError(f"{count} networks need as many accuracies, not {len(accuracies)}")
    drawn = rng.multinomial(rounds, np.full(rounds, 1 / rounds), resamples) / rounds
    middle = logs.mean(axis=1)
    spread = math.sqrt(rounds / (rounds - 1)) if rounds > 1 else 1.0
    times = middle + spread * (drawn @ logs.T - middle)
    values = np.broadcast_to(accuracies, times.shape)
    if accuracy_errors is not None:
        values = values + rng.standard_normal(times.shape) * accuracy_errors
    on_front = np.ones(times.shape, dtype=bool)
    for rival in range(count):
        time, value = times[:, [rival]], values[:, [rival]]
        no_worse = (time <= times) & (value >= values)
        on_front &= ~(no_worse & ((time < times) | (value > values)))
    probabilities: Numbers = on_front.mean(axis=0)
    return probabilities


def _checked(medians: Numbers) -> Numbers:
    if medians.ndim != 2 or not medians.size or not np.all(medians > 0):
        raise ValueError("times by network and round must be given and above zero")
    logs: Numbers = np.log(medians)
    return logs


def _surely_slower(logs: Numbers) -> np.ndarray[tuple[int, ...], np.dtype[np.bool_]]:
    """At [a, b] whether network a is surely slower than b, over all pairs together."""
    count, rounds = logs.shape
    first, second = np.triu_indices(count, 1)
    slower = np.zeros((count, count), dtype=bool)
    if not len(first):
        return slower
    gaps = logs[first] - logs[second]
    bound = _largest_by_chance(gaps - gaps.mean(axis=1, keepdims=True))
    seen = _student_of(gaps.mean(axis=1), (gaps**2).mean(axis=1), rounds)
    slower[first, second] = seen > bound
    slower[second, first] = seen < -bound
    return slower


def _largest_by_chance(centred: Numbers) -> float:
    """The largest Student statistic of any pair that comes with 5 % when signs of rounds are flipped."""
    rounds = centred.shape[1]
    patterns = 1 << (rounds - 1)
    if patterns <= _PATTERNS:
        bits = (np.arange(patterns)[:, None] >> np.arange(rounds)) & 1
    else:
        bits = np.random.default_rng(_SEED).integers(0, 2, (_PATTERNS, rounds))
    squares = (centred**2).mean(axis=1)
    largest = np.empty(len(bits))
    for start in range(0, len(bits), 256):  # in portions: patterns times pairs may be millions
        signs = 2.0 * bits[start : start + 256] - 1
        means = signs @ centred.T / rounds
        largest[start : start + 256] = np.abs(_student_of(means, squares, rounds)).max(axis=1)
    return float(np.quantile(largest, CONFIDENCE, method="higher"))


def _student_of(means: Numbers, squares: Numbers, rounds: int) -> Numbers:
    variance = np.maximum((squares - means**2) * rounds / (rounds - 1), 1e-24)
    statistics: Numbers = means / np.sqrt(variance / rounds)
    return statistics


def _groups(
    order: Numbers | np.ndarray[tuple[int, ...], np.dtype[np.intp]],
    differ: np.ndarray[tuple[int, ...], np.dtype[np.bool_]],
) -> tuple[tuple[int, ...], ...]:
    """The longest runs of the order in which no pair differs."""
    rows = [int(row) for row in order]
    groups: list[tuple[int, ...]] = []
    reached = 0
    for start in range(len(rows)):
        end = start + 1
        while end < len(rows) and not differ[rows[end], rows[start:end]].any():
            end += 1
        if end > reached:  # else it lies within the run before
            groups.append(tuple(rows[start:end]))
            reached = end
    return tuple(groups)
