"""Blocks of two jobs, brought together by the round they ran in."""

from collections.abc import Hashable, Mapping

import numpy as np

from ghostbench.stats.summary import Numbers


def in_rounds(
    a: Mapping[Hashable, float], b: Mapping[Hashable, float]
) -> tuple[Numbers, Numbers, bool]:
    """The medians of both by round, and whether they come in pairs: then only rounds that both have are left.

    >>> in_rounds({0: 1.0, 1: 2.0, 2: 3.0}, {1: 20.0, 2: 30.0, 3: 40.0})
    (array([2., 3.]), array([20., 30.]), True)
    >>> in_rounds({0: 1.0}, {1: 20.0})
    (array([1.]), array([20.]), False)
    """
    common = [each for each in a if each in b]
    if not common:
        return np.array([*a.values()]), np.array([*b.values()]), False
    return np.array([a[each] for each in common]), np.array([b[each] for each in common]), True
