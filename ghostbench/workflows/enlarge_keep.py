"""Where the found network goes: a spec in `models/` of the workspace, under a name that hides no other."""

import re
from pathlib import Path

from ghostbench.core.errors import StoreError, UsageError
from ghostbench.core.model_spec import ModelSpec
from ghostbench.workflows.enlarge_asked import Budget

_MARK = "found by ghostbench enlarge"
_NAME = re.compile(r"[a-z0-9][a-z0-9.-]*")


def free_name(asked: str | None, base: str, budget: Budget, workspace: Path | None) -> str:
    """The name asked for, or one made of the start's and the budget. Raises UsageError when it is another network's."""
    amount = f"{budget.most / 1e6:.0f}m" if budget.unit == "macs" else f"{budget.most:g}ms"
    plain = re.sub(r"[^a-z0-9.-]+", "-", base.lower()).strip("-")
    name = asked or f"{plain}-enlarged-{amount}"
    if not _NAME.fullmatch(name):
        raise UsageError(f"a name holds only a-z, 0-9, '.' and '-', not {name!r}")
    from ghostbench.core.folders import find_files

    there = find_files("models", f"{name}.toml", workspace).get(f"{name}.toml")
    if there is not None and _MARK not in there.read_text(encoding="utf-8"):
        raise UsageError(f"{there} is there and not of an earlier search; give another --name")
    return name


def keep_spec(spec: ModelSpec, base: str, budget: Budget, workspace: Path | None) -> Path:
    """Write the spec and say where."""
    from ghostbench.store.durable import write_whole
    from ghostbench.zoo.enlarge_spec_file import spec_toml

    path = (workspace or Path.cwd()) / "models" / f"{spec.name}.toml"
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
    except OSError as cause:
        raise StoreError(f"cannot write {path}: {cause.strerror}") from cause
    remark = f"{_MARK}: {base} within {budget.told()}"
    write_whole(path, spec_toml(spec, remark).encode())
    return path
