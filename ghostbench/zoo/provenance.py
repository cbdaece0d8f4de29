"""With what a file is built: the versions of the tools, and a digest of ghostbench's own code. No heavy imports."""

import hashlib
from functools import cache
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from ghostbench.core.errors import MissingExtra

_PACKAGE = Path(__file__).resolve().parent.parent

# Each tool, and the distributions that may carry it.
TOOLS = {
    "tensorflow": ("tensorflow-cpu", "tensorflow", "tensorflow-aarch64"),
    "keras": ("keras",),
    "numpy": ("numpy",),
    "ai-edge-litert": ("ai-edge-litert",),
}

# Whose code decides what is in a built file, and what the gate and the artifact say of it.
_PARTS = ("zoo", "graph")
# These say which files are built, when and where, not what is in them. A new file counts unless it is named here.
NOT_IN_THE_FILE = frozenset(
    {
        "graph/alignment.py",
        "graph/constant_findings.py",
        "graph/conversion_rules.py",
        "graph/delegation.py",
        "graph/differences.py",
        "graph/explanations.py",
        "graph/finding_rules.py",
        "graph/findings.py",
        "graph/layer_pairs.py",
        "graph/moved.py",
        "graph/occurrence.py",
        "graph/operator_versions.py",
        "graph/partition.py",
        "graph/vanishing.py",
        "graph/version_table.py",
        "graph/xnnpack.py",
        "zoo/build_messages.py",
        "zoo/cache.py",
        "zoo/capacity.py",
        "zoo/enlarge_codes.py",
        "zoo/enlarge_context.py",
        "zoo/enlarge_functions.py",
        "zoo/enlarge_messages.py",
        "zoo/enlarge_moves.py",
        "zoo/enlarge_process.py",
        "zoo/enlarge_proxy.py",
        "zoo/enlarge_space.py",
        "zoo/enlarge_spec_file.py",
        "zoo/enlarge_training.py",
        "zoo/enlarge_worker.py",
        "zoo/feature_maps.py",
        "zoo/limited_process.py",
        "zoo/onnx_environment.py",
        "zoo/parallel.py",
        "zoo/provenance.py",
        "zoo/single_layers.py",
        "zoo/single_layers_process.py",
        "zoo/specs.py",
        "zoo/worker.py",
        "zoo/worker_inside.py",
        "zoo/worker_process.py",
    }
)


def tool_versions() -> dict[str, str]:
    """Package to version. Raises MissingExtra when one is not installed."""
    return {tool: _installed(tool, carriers) for tool, carriers in TOOLS.items()}


def _installed(tool: str, carriers: tuple[str, ...]) -> str:
    for carrier in carriers:
        try:
            return version(carrier)
        except PackageNotFoundError:
            continue
    raise MissingExtra("convert", tool)


@cache
def sources_sha256(package: Path = _PACKAGE) -> str:
    """A digest of the code that takes part in building; the same in a checkout and in an installed wheel."""
    files = {
        path.relative_to(package).as_posix(): path
        for part in _PARTS
        for path in (package / part).rglob("*.py")
    }
    whole = hashlib.sha256()
    for name in sorted(files.keys() - NOT_IN_THE_FILE):
        text = files[name].read_bytes().replace(b"\r\n", b"\n")
        whole.update(f"{name} {hashlib.sha256(text).hexdigest()}\n".encode())
    return whole.hexdigest()
