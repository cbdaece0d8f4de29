"""The page about the whole zoo says what became of every file."""

from dataclasses import replace
from pathlib import Path

from ghostbench.core.artifact import Artifact
from ghostbench.workflows.models import list_models
from ghostbench.zoo.build_messages import BuildFailure
from tests.zoo.recipes import artifact_at
from tools.zoo_table import BATCH, PAGE, Outcome, batches, page

MODELS = [model for model in list_models() if model.name in ("ghostnet-1.0x", "fbnet-c")]


def built(folder: Path) -> Artifact:
    plain = artifact_at(folder / "a.tflite", b"123", name="ghostnet-1.0x")
    return replace(
        plain, error_share=3.24e-6, size_bytes=20_780_000, seconds=4.4, tools={"keras": "3.15.1"}
    )


def test_it_says_what_passed_what_was_refused_and_why_and_what_was_not_tried(
    tmp_path: Path,
) -> None:
    refused = BuildFailure(
        name="fbnet-c", precision="int8", error="fbnet-c: refused, since", reasons=("since",)
    )
    broken = BuildFailure(name="fbnet-c", precision="fp16", error="fbnet-c: ended by signal 9")
    outcomes: dict[tuple[str, str], Outcome] = {
        (one.name, one.precision): one for one in (built(tmp_path), refused, broken)
    }
    text = page(MODELS, outcomes)
    rows = [line for line in text.splitlines() if line.startswith(("| fbnet", "| ghostnet"))]
    assert rows == [
        "| fbnet-c | 385.0 | not tried | failed | not tried | refused |",
        "| ghostnet-1.0x | 141.2 | 3.2e-06 · 20.78 · 4 | not tried | not tried | not tried |",
    ]
    assert "8 files: 1 passed, 2 were refused or not built, 5 were not tried." in text
    assert text.endswith(
        "- in fp16: fbnet-c: ended by signal 9\n- in int8: fbnet-c: refused, since\n"
    )
    assert "Built with keras 3.15.1." in text


def test_every_network_is_in_one_batch_and_the_cheapest_come_first() -> None:
    models = list_models()
    together = [model for batch in batches(models) for model in batch]
    assert sorted(model.name for model in together) == [model.name for model in models]
    assert [model.macs or 0 for model in together] == sorted(model.macs or 0 for model in models)
    assert all(len(batch) <= BATCH for batch in batches(models))


def test_the_page_in_the_documentation_has_a_row_for_every_network() -> None:
    rows = [line.split(" | ")[0] for line in PAGE.read_text(encoding="utf-8").splitlines()]
    missing = [model.name for model in list_models() if f"| {model.name}" not in rows]
    assert missing == []
