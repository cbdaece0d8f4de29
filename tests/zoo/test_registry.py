import importlib.util
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from ghostbench.core.errors import SpecError, UsageError
from ghostbench.core.model_spec import ModelSpec
from ghostbench.zoo.registry import ARCHITECTURES, filled_options

ROOT = Path(__file__).resolve().parents[2]
SPEC = ModelSpec(
    name="tiny", title="Tiny", family="GhostNet", architecture="ghostnet", input_px=64, classes=5
)


@pytest.mark.parametrize("architecture", ARCHITECTURES.values(), ids=ARCHITECTURES)
def test_every_architecture_has_a_module(architecture: object) -> None:
    module = f"ghostbench.zoo.architectures.{getattr(architecture, 'module')}"  # noqa: B009
    assert importlib.util.find_spec(module) is not None


def test_options_that_are_not_given_have_their_defaults() -> None:
    assert filled_options(SPEC) == {
        "width": 1.0,
        "flavour": "pytorch",
        "se": "yes",
        "padding": "same",
        "ratio": 2,
        "dw_size": 3,
    }


def test_a_whole_number_is_taken_for_a_width() -> None:
    width = filled_options(replace(SPEC, options={"width": 2}))["width"]
    assert isinstance(width, float)


@pytest.mark.parametrize(
    "options",
    [{"ratio": 1.5}, {"ratio": True}, {"padding": 3}, {"width": "wide"}, {"width": True}, {"x": 1}],
)
def test_options_that_are_not_allowed_are_refused(options: dict[str, str | float]) -> None:
    with pytest.raises(UsageError):
        filled_options(replace(SPEC, options=options))


def test_an_unknown_architecture_is_refused() -> None:
    with pytest.raises(SpecError, match="there is no architecture 'x'; known are efficientnet"):
        filled_options(replace(SPEC, architecture="x"))


@pytest.mark.parametrize("missing", ["tensorflow", "keras"])
def test_without_the_packages_of_the_extra_the_message_says_how_to_get_them(missing: str) -> None:
    code = (
        f"import sys; sys.modules[{missing!r}] = None\n"
        "from ghostbench.core.errors import MissingExtra\n"
        "from ghostbench.zoo import keras_backend\n"
        "if sys.argv[1] == 'keras': sys.modules['tensorflow'] = sys\n"
        "try: keras_backend.import_keras()\n"
        "except MissingExtra as error: print(error)"
    )
    done = subprocess.run(
        [sys.executable, "-c", code, missing], capture_output=True, text=True, check=True, cwd=ROOT
    )
    assert f"needs {missing}" in done.stdout
    assert "ghostbench[convert]" in done.stdout


@pytest.mark.tensorflow
def test_keras_is_loaded_without_a_word_and_on_tensorflow() -> None:
    code = "from ghostbench.zoo import keras_backend; print(keras_backend.import_keras().backend.backend())"
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=ROOT
    )
    assert (done.stdout.strip(), done.stderr) == ("tensorflow", "")


def test_keras_on_another_backend_is_refused() -> None:
    code = (
        "import sys; from types import SimpleNamespace as Fake\n"
        "sys.modules['tensorflow'] = sys\n"
        "sys.modules['keras'] = Fake(backend=Fake(backend=lambda: 'jax'))\n"
        "from ghostbench.core.errors import UsageError\n"
        "from ghostbench.zoo import keras_backend\n"
        "try: keras_backend.import_keras()\n"
        "except UsageError as error: print(error)"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=ROOT
    )
    assert "imported before with the backend 'jax'" in done.stdout
