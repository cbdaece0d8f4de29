"""From one shape to the larger ones that just fit a budget: computation goes to one stage, or to the image."""

from collections.abc import Callable, Iterator

from ghostbench.core.enlarging import Shape
from ghostbench.zoo.enlarge_space import Space

# What a direction's candidates may count to: a name such as "stage 2 deeper" to multiply-adds.
Ceiling = Callable[[str], float]
Step = Callable[[Shape], Shape]


def enlargements(space: Space, shape: Shape, ceiling: Ceiling) -> dict[Shape, str]:
    """Larger shapes by direction of growth, each as large as its direction's ceiling allows.

    Directions are: a stage wider; a stage deeper by as many blocks as fit, or by half as many, the rest of the budget
    given to its width; a finer image, by as much as fits or half of it, the rest given to the cheapest width. A
    direction whose smallest step does not fit has none. Earlier directions win where two lead to the same shape.
    """
    found: dict[Shape, str] = {}
    for name, larger in _all(space, shape, ceiling):
        if larger != shape:
            found.setdefault(larger, name)
    return found


def _all(space: Space, shape: Shape, ceiling: Ceiling) -> Iterator[tuple[str, Shape]]:
    for stage in range(len(shape.blocks)):
        name = f"stage {stage + 1} wider"
        yield name, grow(space, shape, ceiling(name), _widening(space, stage))
        name = f"stage {stage + 1} deeper"
        for deeper in _some(space, shape, ceiling(name), lambda s, at=stage: space.deeper(s, at)):  # type: ignore[misc]
            yield name, grow(space, deeper, ceiling(name), _widening(space, stage))
    name = "image finer"
    for finer in _some(space, shape, ceiling(name), space.finer):
        cheapest = min(
            range(len(shape.blocks)), key=lambda at: space.count(space.wider(finer, at)).macs
        )
        yield name, grow(space, finer, ceiling(name), _widening(space, cheapest))


def grow(space: Space, shape: Shape, ceiling_macs: float, step: Step) -> Shape:
    """Take steps while they fit."""
    return _steps(space, shape, ceiling_macs, step)[-1]


def _some(space: Space, shape: Shape, ceiling_macs: float, step: Step) -> list[Shape]:
    """As many steps as fit, and half as many; none where not one fits."""
    reached = _steps(space, shape, ceiling_macs, step)
    most = len(reached) - 1
    return [reached[count] for count in dict.fromkeys((most, most // 2)) if count]


def _steps(space: Space, shape: Shape, ceiling_macs: float, step: Step) -> list[Shape]:
    reached = [shape]
    while space.holds(larger := step(reached[-1])) and space.count(larger).macs <= ceiling_macs:
        reached.append(larger)
    return reached


def _widening(space: Space, stage: int) -> Step:
    return lambda shape: space.wider(shape, stage)


def ladder(start: float, budget: float, rungs: int) -> list[float]:
    """Budgets from the start, which is none of them, to the last: each the same factor above the one before.

    >>> ladder(100, 400, 2)
    [200.0, 400]
    """
    factor = (budget / start) ** (1 / rungs)
    return [start * factor**number for number in range(1, rungs)] + [budget]
