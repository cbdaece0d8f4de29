"""Export a network of timm to ONNX, in a process of its own: `own_model_timm_tools.py NAME SHAPE WEIGHTS RESULT`.

SHAPE is empty for timm's own input size; WEIGHTS a seed, or a .safetensors or .pth file with timm's names. Nothing is
fetched.
"""

import importlib
import sys
import warnings
from pathlib import Path
from typing import Any

from ghostbench.zoo.random_weights import parameter

OPSET = 17


def main(name: str, shape: str, weights: str, result: Path) -> None:
    """Build the network, fill it, and write it down as ONNX."""
    torch, timm = map(importlib.import_module, ("torch", "timm"))
    network = timm.create_model(name, pretrained=False).eval()
    _fill(network, weights, torch)
    sizes = [int(size) for size in shape.split(",")] if shape else [1, *_usual_size(network)]
    with warnings.catch_warnings(), torch.no_grad():
        warnings.simplefilter(
            "ignore"
        )  # the exporter of traced networks tells that there is another one
        torch.onnx.export(
            network,
            (torch.zeros(sizes),),
            str(result),
            input_names=["image"],
            output_names=["output"],
            opset_version=OPSET,
            dynamo=False,  # the other one needs onnxscript
        )


def _usual_size(network: Any) -> list[int]:
    return list(network.pretrained_cfg["input_size"])


def _fill(network: Any, weights: str, torch: Any) -> None:
    """Weights from the file, or made from the seed as the zoo makes its own."""
    if weights.isdecimal():
        state = {
            name: torch.from_numpy(parameter(name, value.shape, int(weights)))
            if value.ndim
            else value
            for name, value in network.state_dict().items()
        }
    else:
        state = _read(weights, torch)
    network.load_state_dict(state)


def _read(path: str, torch: Any) -> Any:
    if path.endswith((".pth", ".pt")):
        return torch.load(path, map_location="cpu", weights_only=True)
    return importlib.import_module("safetensors.torch").load_file(path)


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2], sys.argv[3], Path(sys.argv[4]))
