"""Write bytes to a file and read them as a graph, in one go."""

import tempfile
from pathlib import Path

from ghostbench.graph.parts import Graph
from ghostbench.graph.reader import read_graph


def graph_of(content: bytes) -> Graph:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "model.tflite"
        path.write_bytes(content)
        return read_graph(path)
