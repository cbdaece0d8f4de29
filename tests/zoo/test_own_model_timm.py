"""Networks of timm, with stand-ins for torch and timm: the real ones are large, and were tried by hand."""

from pathlib import Path

import pytest

from ghostbench.core.errors import ConversionError
from ghostbench.zoo.own_model import OwnModel, export_tools
from ghostbench.zoo.own_model_timm import export_timm
from ghostbench.zoo.random_weights import parameter
from ghostbench.zoo.recipe import WeightsSource

TORCH = """
import contextlib, types
zeros, from_numpy, no_grad = tuple, list, contextlib.nullcontext
def export(network, inputs, path, **settings):
    assert settings["dynamo"] is False
    with open(path, "w") as file:
        file.write(repr([inputs, settings["opset_version"], network.state["head.weight"][0][0]]))
onnx = types.SimpleNamespace(export=export)
"""
TIMM = """
import types
class Network:
    pretrained_cfg = {"input_size": (3, 224, 224)}
    state = None
    def eval(self): return self
    def state_dict(self):
        return {"head.weight": types.SimpleNamespace(shape=(2, 4), ndim=2),
                "bn.num_batches_tracked": types.SimpleNamespace(shape=(), ndim=0)}
    def load_state_dict(self, state): self.state = state
def create_model(name, pretrained):
    assert not pretrained
    if name != "known": raise RuntimeError(f"Unknown model ({name})")
    return Network()
"""


@pytest.fixture(autouse=True)
def stand_ins(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    site = tmp_path / "site"
    for name, content in (("torch", TORCH), ("timm", TIMM), ("onnx", "")):
        (site / name).mkdir(parents=True)
        (site / name / "__init__.py").write_text(content)
        (site / f"{name}-1.2.dist-info").mkdir()
        (site / f"{name}-1.2.dist-info" / "METADATA").write_text(f"Name: {name}\nVersion: 1.2\n")
    monkeypatch.syspath_prepend(str(site))
    monkeypatch.setenv("PYTHONPATH", str(site))


def timm(name: str, shape: tuple[int, ...] | None = None) -> OwnModel:
    return OwnModel(kind="timm", path=Path(f"timm:{name}"), sha256=None, input_shape=shape)


def test_the_versions_of_what_exports_are_told() -> None:
    assert export_tools() == {"torch": "1.2", "timm": "1.2", "onnx": "1.2"}


def test_a_network_is_exported_with_weights_of_the_seed(tmp_path: Path) -> None:
    weight = float(parameter("head.weight", (2, 4), 7)[0][0])
    for shape, used in ((None, [1, 3, 224, 224]), ((2, 3, 64, 32), [2, 3, 64, 32])):
        written = export_timm(timm("known", shape), WeightsSource(seed=7), tmp_path).read_text()
        assert written.startswith(f"[({tuple(used)},), 17, ")
        assert f"{weight:.6f}"[:7] in written


def test_what_timm_does_not_know_is_told_in_its_own_words(tmp_path: Path) -> None:
    with pytest.raises(ConversionError) as caught:
        export_timm(timm("unheard_of"), WeightsSource(), tmp_path)
    assert str(caught.value) == ("torch cannot export it: RuntimeError: Unknown model (unheard_of)")
