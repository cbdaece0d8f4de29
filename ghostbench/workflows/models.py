"""The zoo as a list: what each network is, what it counts to, and what is published of it."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ghostbench.core.model_spec import ModelSpec
from ghostbench.core.strict import to_plain

if TYPE_CHECKING:
    from ghostbench.report.published import Published


@dataclass(frozen=True, slots=True, kw_only=True)
class ListedModel:
    """One network of the zoo."""

    name: str
    title: str
    family: str
    input_px: int
    params: int | None  # trainable; None for a variant that nobody has counted
    macs: int | None  # multiply-adds
    counts_from: str | None  # where the two counts come from
    headline: Mapping[
        str, float
    ]  # top1_percent, top5_percent, latency_ms of the first source that has them
    published: tuple[Mapping[str, Any], ...]  # the rows of results/published/, each with its source


def all_names(workspace: Path | None = None) -> list[str]:
    """The names of all networks."""
    from ghostbench.zoo.specs import load_specs

    return sorted(load_specs(workspace))


def list_models(name: str | None = None, *, workspace: Path | None = None) -> list[ListedModel]:
    """All networks by name, or one of any width or variant. Raises UnknownName."""
    from ghostbench.report.published import read_published, rows_for
    from ghostbench.zoo.specs import load_specs, resolve

    specs = load_specs(workspace)
    chosen = [resolve(name, specs)] if name else [specs[key] for key in sorted(specs)]
    published = read_published(workspace)
    return [_listed(spec, _flat(rows_for(spec, published))) for spec in chosen]


def _flat(rows: "Published") -> tuple[Mapping[str, Any], ...]:
    return tuple(
        {"table": table, **_with_source_flat(to_plain(row))}
        for table, members in (("accuracy", rows.accuracy), ("latency", rows.latency))
        for row in members
    )


def _with_source_flat(row: dict[str, Any]) -> dict[str, Any]:
    source = row.pop("source")
    return {
        **row,
        "source": source["text"],
        "obtained": source["obtained"],
        "error_ms": source["error_ms"],
    }


def _listed(spec: ModelSpec, rows: tuple[Mapping[str, Any], ...]) -> ListedModel:
    headline: dict[str, float] = {}
    for row in rows:
        for key in ("top1_percent", "top5_percent", "latency_ms"):
            if row.get(key) is not None:
                headline.setdefault(key, row[key])
    return ListedModel(
        name=spec.name,
        title=spec.title,
        family=spec.family,
        input_px=spec.input_px,
        params=spec.expected.params if spec.expected else None,
        macs=spec.expected.macs if spec.expected else None,
        counts_from=spec.expected.source if spec.expected else None,
        headline=headline,
        published=rows,
    )
