"""The zoo against the networks that others published: the same counts, the same parameters, the same logits.

Run with plain `python3 tools/reference_check.py`. It makes `.reference-venv` (torch, timm, torchvision, pytorchcv; see
requirements/reference.in) and computes there, without Keras: parameters and multiply-adds of every network that one
of them has, names and shapes of all its parameters, and the logits of some, with the weights and inputs of
ghostbench/zoo/random_weights.py. It compares them with models/*.toml and tests/fixtures/golden/, which the
test-suite holds against the Keras networks; `--write` writes the latter anew. The networks themselves are in
reference_networks.py.
"""

import argparse
import importlib
import json
import re
import statistics
import subprocess
import sys
import tomllib
import venv
from collections.abc import Iterator
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
VENV = ROOT / ".reference-venv"
REQUIREMENTS = ROOT / "requirements" / "reference.in"
GOLDEN = ROOT / "tests" / "fixtures" / "golden"

# In units of the logits' own deviation, or 1 where that is less. Builds of torch round differently; a mistake in a
# network moves logits by a hundred times as much.
LOGITS_TOLERANCE = 1e-4


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--write", action="store_true", help="write the golden files anew")
    parser.add_argument("--inside", action="store_true", help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.inside:
        return check(write=arguments.write)
    python = make_environment()
    command = [str(python), __file__, "--inside", *(["--write"] if arguments.write else [])]
    return subprocess.run(command, check=False).returncode


def make_environment() -> Path:
    """The environment's Python; installs only what has changed since the last time."""
    python = VENV / "bin" / "python"
    stamp = VENV / "installed.txt"
    wanted = REQUIREMENTS.read_text(encoding="utf-8")
    if stamp.is_file() and stamp.read_text(encoding="utf-8") == wanted:
        return python
    print(f"making {VENV.name} (torch, timm and others; a few minutes)", file=sys.stderr)
    venv.create(VENV, with_pip=True)
    pins = [line for line in wanted.splitlines() if line and not line.startswith("#")]
    alone = [pin for pin in pins if pin.startswith(("timm==", "torchvision==", "pytorchcv=="))]
    for packages in ([pin for pin in pins if pin not in alone], ["--no-deps", *alone]):
        pip = [str(python), "-m", "pip", "--disable-pip-version-check", "install", "--quiet"]
        if subprocess.run([*pip, *packages], check=False).returncode:
            sys.exit(f"pip could not install {' '.join(packages)}; see above")
    stamp.write_text(wanted, encoding="utf-8")
    return python


def check(*, write: bool) -> int:
    """Inside the environment: compute everything, then compare or write. The exit code."""
    references = importlib.import_module("reference_networks")  # beside this file

    faults: list[str] = []
    networks = {}
    for name in references.REFERENCES:
        networks[name] = facts = references.reference_facts(name)
        print(f"{name:36} {facts['params']:>11,} parameters {facts['macs']:>14,} multiply-adds")
        faults += compare_counts(name, facts)
    files = {
        "networks": {"made_by": references.versions(), "networks": networks},
        "torchvision": {
            "made_by": references.versions(),
            "parameters": references.torchvision_parameters(),
        },
    }
    files |= {
        golden: references.logits_file(name, step) for golden, name, step in references.LOGITS_OF
    }
    for stem, content in files.items():
        path = GOLDEN / f"{stem}.json"
        if write:
            GOLDEN.mkdir(parents=True, exist_ok=True)
            path.write_text(as_text(content), encoding="utf-8")
        else:
            faults += compare_file(path, content)
    for fault in faults:
        print(f"differs: {fault}", file=sys.stderr)
    print("all as expected" if not faults else f"{len(faults)} differences")
    return 1 if faults else 0


def compare_counts(name: str, facts: dict[str, Any]) -> Iterator[str]:
    """Where models/*.toml says something else."""
    path = ROOT / "models" / f"{name}.toml"
    if not path.is_file():
        return
    spec = tomllib.loads(path.read_text(encoding="utf-8"))
    for key in ("params", "macs"):
        if spec["expected"][key] != facts[key]:
            yield f"models/{name}.toml: {key} is {spec['expected'][key]:,}, the reference's is {facts[key]:,}"


def compare_file(path: Path, content: dict[str, Any]) -> Iterator[str]:
    """Where a golden file says something else."""
    where = path.relative_to(ROOT)
    if not path.is_file():
        yield f"{where} is missing; write it with --write"
        return
    golden = json.loads(path.read_text(encoding="utf-8"))
    if "logits" not in content:
        if {**golden, "made_by": ""} != {**content, "made_by": ""}:
            yield f"{where}: counts or parameters"
        return
    distance = max(
        abs(ours - theirs)
        for row, golden_row in zip(content["logits"], golden["logits"], strict=True)
        for ours, theirs in zip(row, golden_row, strict=True)
    )
    print(f"{where}: largest difference {distance:.1e}")
    deviation = statistics.pstdev(logit for row in golden["logits"] for logit in row)
    if not distance <= LOGITS_TOLERANCE * max(1.0, deviation):
        yield f"{where}: logits by {distance:.3g}"


def as_text(content: dict[str, Any]) -> str:
    """JSON with one line for each entry, and for each list of logits."""
    text = json.dumps(content, indent=1)
    return "".join(
        part if index % 2 == 0 else "[" + " ".join(part.split()) + "]"
        for index, part in enumerate(re.split(r"\[([^\[\]]*)\]", text))
    )


if __name__ == "__main__":
    sys.exit(main())
