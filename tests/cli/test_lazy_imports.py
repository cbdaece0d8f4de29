"""A command must not load what it does not use: `--help` is instant, `run` works without TensorFlow."""

import subprocess
import sys

import pytest

HEAVY = ("tensorflow", "keras", "pandas", "matplotlib", "duckdb", "numpy", "rich.progress", "onnx")


def modules_after(statement: str) -> set[str]:
    """The modules in a fresh interpreter after a statement."""
    code = f"{statement}\nimport sys\nprint('\\n'.join(['', 'MODULES', *sys.modules]))"
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=60
    )
    return set(done.stdout.split("\nMODULES\n")[1].split())


@pytest.mark.parametrize(
    "statement",
    [
        "import ghostbench",
        "from ghostbench.cli.main import main; main(['--help'])",
        "from ghostbench.cli.main import main; main(['run', '--help'])",
        "from ghostbench.cli.main import main; main(['--version'])",
    ],
)
def test_nothing_heavy_is_loaded_before_a_command_needs_it(statement: str) -> None:
    assert modules_after(statement).isdisjoint(HEAVY)


@pytest.mark.parametrize("command", ["models", "models --json"])
def test_listing_the_zoo_loads_neither_tensorflow_nor_pandas(command: str) -> None:
    loaded = modules_after(f"from ghostbench.cli.main import main; main({command.split()!r})")
    assert loaded.isdisjoint({"tensorflow", "keras", "pandas", "matplotlib"})
