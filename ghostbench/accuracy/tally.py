"""Answers to shares: how many images were right, and how two files differ on the same ones."""

from collections.abc import Iterable, Mapping

from ghostbench.core.accuracy import AccuracyDifference, Prediction, Share
from ghostbench.stats.proportions import paired_shares, same_share_p_value, share_interval


def top_share(answers: Iterable[Prediction], places: int) -> Share:
    """The share of images whose class is among the first `places`."""
    right = of = 0
    for answer in answers:
        of += 1
        right += answer.label in answer.top5[:places]
    low, high = share_interval(right, of)
    return Share(right=right, of=of, percent=100 * right / of, ci95_percent=(100 * low, 100 * high))


def difference(
    name: str, first: Mapping[str, Prediction], against: str, second: Mapping[str, Prediction]
) -> AccuracyDifference:
    """Top-1 of one file minus that of another, on the images that both answered."""
    both = first.keys() & second.keys()
    right = [(_is_right(first[key]), _is_right(second[key])) for key in both]
    only_first = sum(a and not b for a, b in right)
    only_second = sum(b and not a for a, b in right)
    points, (low, high) = paired_shares(only_first, only_second, len(both))
    return AccuracyDifference(
        name=name,
        against=against,
        only_first=only_first,
        only_second=only_second,
        of=len(both),
        points=100 * points,
        ci95_points=(100 * low, 100 * high),
        p_value=same_share_p_value(only_first, only_second),
    )


def _is_right(answer: Prediction) -> bool:
    return answer.label in answer.top5[:1]
