"""A classifier one can foretell: its three scores are the mean red, green and blue of the image."""

from pathlib import Path

from PIL import Image

from tests.graph.build import numbers, one_operator, tensor

SIDE_PX = 8
COLOURS = {"red": (200, 20, 30), "green": (20, 200, 30), "blue": (20, 30, 200)}
LABELS = {"red": 0, "green": 1, "blue": 2}


def colour_model(*, channels: int = 3) -> bytes:
    """A `.tflite` of one MEAN over height and width; only with 3 channels is its input an image."""
    image, scores = tensor(1, SIDE_PX, SIDE_PX, channels), tensor(1, channels)
    return one_operator("MEAN", image, numbers(1, 2), scores, table="ReducerOptions")


def paint(path: Path, colour: str) -> Path:
    """An image of one colour, larger than the model takes."""
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.new("RGB", (20, 16), COLOURS[colour]).save(path)
    return path


def painted_folder(root: Path, *, each: int = 4) -> Path:
    """A folder of numbered class folders, every image of its class's colour."""
    for colour, label in LABELS.items():
        for number in range(each):
            paint(root / str(label) / f"{number}.png", colour)
    return root
