"""Many questions asked of the same data: p-values corrected so that one false answer among all stays rare."""

from collections.abc import Sequence


def holm(p_values: Sequence[float]) -> tuple[float, ...]:
    """The p-values corrected for how many there are (Holm, 1979), in the order given.

    Whoever believes those at most 0.05 is wrong about any of them in at most 5 of 100 cases, however the tests hang
    together. The smallest is multiplied by their number, the next by one less, and so on; none may undercut one
    that is smaller.

    >>> holm([0.04, 0.01, 0.5])
    (0.08, 0.03, 0.5)
    >>> holm([])
    ()
    """
    count = len(p_values)
    corrected = [1.0] * count
    reached = 0.0
    for place, index in enumerate(sorted(range(count), key=lambda i: p_values[i])):
        reached = max(reached, min(1.0, (count - place) * p_values[index]))
        corrected[index] = reached
    return tuple(corrected)
