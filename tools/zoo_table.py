"""Build every network in every precision and write docs/zoo.md: what became of each. What is cached is not built again.

The cheapest networks come first, and the page is written again after every few: it is never without the results so far.

    python tools/zoo_table.py
    python tools/zoo_table.py --networks ghostnet-1.0x --out /tmp/zoo.md
    python tools/zoo_table.py --cached    # builds nothing
"""

import argparse
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from ghostbench.core.artifact import PRECISIONS, Artifact
from ghostbench.core.folders import built_folder
from ghostbench.core.progress import Silence
from ghostbench.workflows.convert import convert
from ghostbench.workflows.models import ListedModel, list_models
from ghostbench.zoo.agreement import LARGEST_ERROR
from ghostbench.zoo.build_messages import BuildFailure
from ghostbench.zoo.cache import look_up
from ghostbench.zoo.planning import Asked, plan_recipes

Outcome = Artifact | BuildFailure
Outcomes = Mapping[tuple[str, str], Outcome]

PAGE = Path(__file__).resolve().parent.parent / "docs" / "zoo.md"
# A batch starts its workers anew, which takes seconds; what it builds is lost to the page until it ends.
BATCH = 6
DESCRIPTION = """\
# The zoo, built

Written by `python tools/zoo_table.py`, which builds every network of `ghostbench models` with random weights (seed 0)
in every precision and puts each file before the gate. A cell says: error share · size · time.

- **Error share**: how far the file's outputs are from the Keras network's (root mean square over 4 images), as a share
  of how far the network's own outputs differ from image to image. A file that answers to another image has 1.4. The
  gate accepts {limits}.
- **Size** of the `.tflite` file, in MB.
- **Time** in seconds that this file would have taken alone, on the machine that wrote this page, and beside whatever
  else that did.
"""


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("--out", type=Path, default=PAGE)
    parser.add_argument("--workspace", type=Path, help="where models/built/ is; default: here")
    parser.add_argument("--networks", nargs="+", help="only these")
    parser.add_argument("--cached", action="store_true", help="only what is built already")
    asked = parser.parse_args()
    models = [m for m in list_models() if not asked.networks or m.name in asked.networks]
    outcomes = cached([model.name for model in models], asked.workspace)
    asked.out.write_text(page(models, outcomes), encoding="utf-8")
    for batch in [] if asked.cached else batches(models):
        names = [model.name for model in batch]
        made = convert(names, precisions=PRECISIONS, workspace=asked.workspace, progress=Silence())
        told: list[Outcome] = [*made.artifacts, *made.failures]
        for outcome in told:
            outcomes[outcome.name, outcome.precision] = outcome
            print(line(outcome), flush=True)
        asked.out.write_text(page(models, outcomes), encoding="utf-8")


def cached(names: Sequence[str], workspace: Path | None) -> dict[tuple[str, str], Outcome]:
    """What was built before from the very recipes of today."""
    recipes = plan_recipes(names, Asked(precisions=PRECISIONS), workspace=workspace, warn=print)
    found = (look_up(recipe, built_folder(workspace), print) for recipe in recipes)
    return {(one.name, one.precision): one for one in found if one is not None}


def batches(models: Sequence[ListedModel]) -> Iterator[Sequence[ListedModel]]:
    """The networks in groups, those of few multiply-adds first."""
    ordered = sorted(models, key=lambda model: model.macs or 0)
    for first in range(0, len(ordered), BATCH):
        yield ordered[first : first + BATCH]


def page(models: Sequence[ListedModel], outcomes: Outcomes) -> str:
    """The whole page."""
    built = [one for one in outcomes.values() if isinstance(one, Artifact)]
    refused = [one for one in outcomes.values() if isinstance(one, BuildFailure)]
    limits = ", ".join(f"{limit:g} in {precision}" for precision, limit in LARGEST_ERROR.items())
    parts = [DESCRIPTION.format(limits=limits), *_tools(built)]
    parts.append(
        f"{len(models)} networks in {len(PRECISIONS)} precisions are {len(models) * len(PRECISIONS)} files: "
        f"{len(built)} passed, {len(refused)} were refused or not built, "
        f"{len(models) * len(PRECISIONS) - len(outcomes)} were not tried.\n"
    )
    parts.append(
        f"| network | MACs M | {' | '.join(PRECISIONS)} |\n|---|--:|{'---|' * len(PRECISIONS)}"
    )
    parts += [_row(model, outcomes) for model in models]
    if refused:
        parts.append("\n## Not built\n")
        parts += [f"- in {one.precision}: {one.error}" for one in sorted(refused, key=_place)]
    return "\n".join(parts) + "\n"


def line(outcome: Outcome) -> str:
    """One outcome, for the terminal."""
    return f"{outcome.name} {outcome.precision}: {_cell(outcome)}" + (
        "" if isinstance(outcome, Artifact) else f" {outcome.error}"
    )


def _tools(built: Sequence[Artifact]) -> list[str]:
    versions = sorted({f"{tool} {version}" for one in built for tool, version in one.tools.items()})
    return [f"Built with {', '.join(versions)}.\n"] if versions else []


def _row(model: ListedModel, outcomes: Outcomes) -> str:
    cells = [_cell(outcomes.get((model.name, precision))) for precision in PRECISIONS]
    macs = "" if model.macs is None else f"{model.macs / 1e6:.1f}"
    return f"| {model.name} | {macs} | {' | '.join(cells)} |"


def _cell(outcome: Outcome | None) -> str:
    if outcome is None:
        return "not tried"
    if isinstance(outcome, BuildFailure):
        return "refused" if outcome.reasons else "failed"
    error = "-" if outcome.error_share is None else f"{outcome.error_share:.2g}"
    return f"{error} · {outcome.size_bytes / 1e6:.2f} · {outcome.seconds or 0:.0f}"


def _place(failure: BuildFailure) -> tuple[str, int]:
    return failure.name, PRECISIONS.index(failure.precision)


if __name__ == "__main__":
    main()
