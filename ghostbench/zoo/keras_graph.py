"""The graph of a functional Keras model. Keras shows layers, but not where each is called; this reads what it keeps."""

from typing import Any


def nodes(model: Any) -> list[Any]:
    """Every call of a layer or operation in the model's graph; other models may call the same layers elsewhere."""
    return [node for level in model._nodes_by_depth.values() for node in level]
