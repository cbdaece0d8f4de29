"""The graph of a functional Keras model. Keras shows layers, but not where each is called; this reads what it keeps."""

from typing import Any


def nodes(model: Any) -> list[Any]:
    """Every call of a layer or operation in the model's graph, each after those whose results it takes.

    Other models may call the same layers elsewhere.
    """
    levels = sorted(
        model._nodes_by_depth.items(), reverse=True
    )  # the depth is counted from the end
    return [node for _, level in levels for node in level]
