"""`models/*.toml` to specs, and names to specs: exact ones, other widths of a family, variants. No Keras here.

A name may be followed by options: `ghostnet-1.0x:padding=symmetric,input_px=192`. What it resolves to bears the
canonical name `ghostnet-1.0x+input_px=192+padding=symmetric`, which resolves to itself and can be part of a
file's name.
"""

import re
import tomllib
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

from ghostbench.core.errors import SpecError, UnknownName, UsageError
from ghostbench.core.folders import find_files
from ghostbench.core.model_spec import ModelSpec, OptionValue
from ghostbench.core.strict import from_plain
from ghostbench.zoo.options import check, refuse_unknown
from ghostbench.zoo.registry import ARCHITECTURES, CLASSES, INPUT_PX, filled_options

_NAME = re.compile(r"[a-z0-9][a-z0-9.-]*")
_WIDTH_AT_END = re.compile(r"(?P<family>.+)-(?P<width>\d+(\.\d+)?)x")
_OPTION_MARKS = re.compile(r"[:+]")
_SHARED_OPTIONS = {"input_px": INPUT_PX, "classes": CLASSES}


def load_specs(workspace: Path | None = None) -> dict[str, ModelSpec]:
    """Every network that `models/` describes, by name, in the order of names."""
    specs = (_read_spec(path) for path in find_files("models", "*.toml", workspace).values())
    return dict(sorted((spec.name, spec) for spec in specs))


def resolve(name: str, specs: Mapping[str, ModelSpec]) -> ModelSpec:
    """The spec that a name means, with or without options.

    Raises UnknownName with the nearest names, and UsageError for an option or a value that the network does not have.
    """
    base_name, mark, rest = _split(name)
    spec = _resolve_plain(base_name, specs)
    if not mark:
        return spec
    return _variant(spec, _parse_options(name, rest), specs)


def _read_spec(path: Path) -> ModelSpec:
    try:
        spec = from_plain(tomllib.loads(path.read_text(encoding="utf-8")), ModelSpec)
    except (OSError, ValueError) as cause:  # TOML, UTF-8 and field errors are ValueErrors
        raise SpecError(f"{path}: {cause}") from cause
    if spec.name != path.stem:
        raise SpecError(f"{path}: the name {spec.name!r} is not the file's, {path.stem!r}")
    if not _NAME.fullmatch(spec.name):
        raise SpecError(f"{path}: a name holds only a-z, 0-9, '.' and '-', not {spec.name!r}")
    try:
        filled_options(spec)
    except (UsageError, SpecError) as cause:
        raise SpecError(f"{path}: {cause}") from cause
    return spec


def _split(name: str) -> tuple[str, str, str]:
    mark = _OPTION_MARKS.search(name)
    if not mark:
        return name, "", ""
    return name[: mark.start()], mark.group(), name[mark.end() :]


def _resolve_plain(name: str, specs: Mapping[str, ModelSpec]) -> ModelSpec:
    folded = name.strip().casefold()
    if folded in specs:
        return specs[folded]
    if (match := _WIDTH_AT_END.fullmatch(folded)) and (
        sibling := _any_of_family(match["family"], specs)
    ):
        return _with_width(sibling, match["family"], float(match["width"]), specs)
    raise UnknownName("model", name, specs)


def _any_of_family(family: str, specs: Mapping[str, ModelSpec]) -> ModelSpec | None:
    for name, spec in specs.items():
        match = _WIDTH_AT_END.fullmatch(name)
        if (
            match
            and match["family"] == family
            and "width" in ARCHITECTURES[spec.architecture].options
        ):
            return spec
    return None


def _with_width(
    sibling: ModelSpec, family: str, width: float, specs: Mapping[str, ModelSpec]
) -> ModelSpec:
    name = f"{family}-{width}x"
    if name in specs:
        return specs[name]
    check(name, "width", width, ARCHITECTURES[sibling.architecture].options["width"])
    return replace(
        sibling,
        name=name,
        title=re.sub(r"\d+(\.\d+)?x", f"{width}x", sibling.title),
        options={**sibling.options, "width": width},
        expected=None,
        published=(),
    )


def _parse_options(name: str, text: str) -> dict[str, str]:
    options: dict[str, str] = {}
    for part in re.split(r"[,+]", text):
        key, equals, value = (piece.strip() for piece in part.partition("="))
        if not (key and equals and value):
            raise UsageError(f"{name}: options are written NAME:key=value,key=value")
        if key in options:
            raise UsageError(f"{name}: {key} is given twice")
        options[key] = value
    return options


def _variant(
    spec: ModelSpec, texts: Mapping[str, str], specs: Mapping[str, ModelSpec]
) -> ModelSpec:
    allowed = {**_SHARED_OPTIONS, **ARCHITECTURES[spec.architecture].options}
    refuse_unknown(spec.name, texts, allowed)
    values = {key: check(spec.name, key, text, allowed[key]) for key, text in texts.items()}
    match = _WIDTH_AT_END.fullmatch(spec.name)
    if match and isinstance(width := values.pop("width", None), float):
        spec = _with_width(spec, match["family"], width, specs)
    return _with_options(spec, values, specs)


def _with_options(
    base: ModelSpec, values: Mapping[str, OptionValue], specs: Mapping[str, ModelSpec]
) -> ModelSpec:
    before = _everything(base)
    changed = {key: value for key, value in sorted(values.items()) if before[key] != value}
    after = {**before, **changed}
    for spec in specs.values():
        if spec.architecture == base.architecture and _everything(spec) == after:
            return spec
    if not changed:
        return base
    own = {key: value for key, value in changed.items() if key not in _SHARED_OPTIONS}
    marks = [f"{key}={value}" for key, value in changed.items()]
    return replace(
        base,
        name="+".join([base.name, *marks]),
        title=f"{base.title} ({', '.join(marks)})",
        input_px=int(after["input_px"]),
        classes=int(after["classes"]),
        options={**base.options, **own},
        expected=None,
        published=(),
    )


def _everything(spec: ModelSpec) -> dict[str, OptionValue]:
    return {"input_px": spec.input_px, "classes": spec.classes, **filled_options(spec)}
