"""Which cores of a machine are alike, from what the system says of each."""

from collections.abc import Mapping


def name_clusters(levels: Mapping[int, float]) -> dict[int, str]:
    """Core index to cluster name, from a level (capacity, or clock) of each core; the highest level is the fastest.

    >>> name_clusters({0: 300, 1: 300, 2: 800, 3: 1024})
    {0: 'little', 1: 'little', 2: 'big', 3: 'prime'}
    >>> name_clusters({0: 400, 1: 1024})
    {0: 'little', 1: 'big'}
    >>> name_clusters({0: 1024, 1: 1024})
    {0: 'all', 1: 'all'}
    """
    steps = sorted(set(levels.values()))
    if len(steps) <= 1:
        return dict.fromkeys(levels, "all")
    names = dict.fromkeys(steps, "big")
    names[steps[0]] = "little"
    if len(steps) > 2:
        names[steps[-1]] = "prime"
    return {index: names[level] for index, level in levels.items()}
