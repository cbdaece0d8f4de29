"""What `ghostbench inspect` shows."""

import json
import re
import subprocess
import sys
from pathlib import Path

import pytest
import typer
from inline_snapshot import snapshot
from typer.testing import CliRunner

from ghostbench.cli.inspect import inspect as command
from ghostbench.core.errors import ModelFileError
from ghostbench.workflows.inspect import inspect
from tests.graph.build import model, numbers, op, subgraph, tensor
from tests.graph.seeds import SEEDS

FIXTURES = Path(__file__).parent.parent / "fixtures"
PROMISED = {"params", "macs", "operators", "inputs", "outputs", "size_bytes", "sha256", "uncounted"}


@pytest.fixture
def shown(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> "Shown":
    monkeypatch.setenv("TERM", "dumb")
    monkeypatch.setenv("COLUMNS", "80")
    monkeypatch.chdir(tmp_path)
    return Shown()


class Shown:
    """Runs the command on some bytes and gives what it printed."""

    def __call__(self, content: bytes, *flags: str) -> str:
        Path("model.tflite").write_bytes(content)
        app = typer.Typer()
        app.command()(command)
        result = CliRunner().invoke(app, ["model.tflite", *flags], catch_exceptions=False)
        assert result.exit_code == 0
        assert result.stderr == ""
        # The bytes that a fixture is written with may change; what they mean may not.
        text = re.sub(r"^SHA-256 [0-9a-f]{64}$", "SHA-256 ...", result.stdout, flags=re.MULTILINE)
        return re.sub(r"\b[\d,]+ bytes, ", "... bytes, ", text)


def test_a_small_network_is_shown_in_full(shown: Shown) -> None:
    assert shown((FIXTURES / "tiny_conv.tflite").read_bytes()) == snapshot("""\
model.tflite: clean: nothing in it that a good graph would not hold.
304 parameters, 3,536 MACs, ... bytes, 4 operators, fp32
SHA-256 ...
XNNPACK takes all 4 operators, in 1 part.
It loads from TensorFlow Lite 1.6.0 on.

        tensor                   type     shape
input   serving_default_image:0  float32  1 x 8 x 8 x 3
output  PartitionedCall:0        float32  1 x 10

operator         count   MACs   share
CONV_2D              1  3,456  97.7 %
MEAN                 1      -
FULLY_CONNECTED      1     80   2.3 %
SOFTMAX              1      -
""")


def test_findings_and_what_was_not_counted_are_shown(shown: Shown) -> None:
    assert shown(SEEDS["control_flow"]) == snapshot("""\
model.tflite: 8 findings: 3 keep it from running right, 5 cost time.
12 parameters, at least 48 MACs, ... bytes, 9 operators, fp32
SHA-256 ...
XNNPACK takes none of its 8 operators.
It loads from TensorFlow Lite 2.17.0 on.

1. 1 x FlexErf: it needs TensorFlow's Flex delegate, which the plain runtime
   lacks.
   Cost: the whole model.
   To do: convert without select TensorFlow operators.
   Where: operator 6 custom:FlexErf.
2. 1 x BUILTIN_250: it is newer than this version of ghostbench, which does not
   count its work.
   Cost: the whole model.
   To do: update ghostbench, or convert for an older runtime.
   Where: operator 7 BUILTIN_250.
3. 1 x CALL: LiteRT 2.3.0 has no kernel for it and refuses the file.
   Cost: the whole model.
   To do: convert with an older converter, or without the feature that asks for
          this version.
   Where: operator 3 CALL.
4. 1 x IF: what runs is decided while running, so the time depends on the input.
   Cost: 12 multiply-adds in it, 28 bytes moved.
   To do: unroll it.
   Where: operator 0 IF.
5. 1 x STABLEHLO_CASE: what runs is decided while running, so the time depends
   on the input.
   Cost: 12 multiply-adds in it, 28 bytes moved.
   To do: unroll it.
   Where: operator 5 STABLEHLO_CASE.
6. 1 x STABLEHLO_COMPOSITE: XNNPACK does not take it, since it has no kernel for
   it.
   Cost: 12 multiply-adds in it, 28 bytes moved.
   To do: change the operator, or accept that LiteRT's slower built-in kernel
          runs it.
   Where: operator 4 STABLEHLO_COMPOSITE.
7. 1 x WHILE: what runs is decided while running, so the time depends on the
   input.
   Cost: 28 bytes moved.
   To do: unroll it.
   Where: operator 1 WHILE.
8. 1 x CALL_ONCE: XNNPACK does not take it, since it has no kernel for it.
   Cost: 28 bytes moved.
   To do: change the operator, or accept that LiteRT's slower built-in kernel
          runs it.
   Where: operator 2 CALL_ONCE.
For costs in milliseconds, profile it first: ghostbench profile FILE

        tensor  type     shape
input           float32  1 x 4
output          float32  1 x 3

operator             count           MACs   share
IF                       1             12  25.0 %
WHILE                    1    not counted
CALL_ONCE                1              -
CALL                     1             12  25.0 %
STABLEHLO_COMPOSITE      1             12  25.0 %
STABLEHLO_CASE           1             12  25.0 %
custom:FlexErf           1    not counted
BUILTIN_250              1    not counted
FULLY_CONNECTED          1  in its caller

Not counted: 1 x BUILTIN_250, since this version of ghostbench does not know it.
Not counted: 1 x WHILE, since how often its body runs is only known at run time.
Not counted: 1 x custom:FlexErf, since what it does is up to whoever wrote it.
The file holds 3 subgraphs; shown is the first, with all that it runs.
""")


def test_no_line_is_wider_than_the_terminal(shown: Shown) -> None:
    names = ["a/very/long/name/" * 10, "odd\x1b[31m\nname"]
    tensors = [
        tensor(1, 224, 224, 3, name=names[0], signature=(-1, -1, -1, 3)),
        numbers(0, 3, 1, 2),
        tensor(1, 3, 224, 224, name=names[1]),
    ]
    steps = [op("TRANSPOSE", [0, 1], [2]), op("custom:" + "Long" * 30, [0], [2])]
    text = shown(model(subgraph(tensors, steps)))
    for line in text.splitlines():
        assert len(line) <= 80 or "Long" * 5 in line or "a/very" in line
    assert "\x1b" not in text
    assert "odd?[31m?name" in text


def test_large_numbers_are_shown_in_millions(shown: Shown) -> None:
    content = model(
        subgraph(
            [tensor(1000, 1000), tensor(1000, 1000), tensor(1000, 1000)],
            [op("BATCH_MATMUL", [0, 1], [2])],
        )
    )
    assert "1,000 million MACs" in shown(content)


def test_json_has_what_is_promised_and_nothing_else_is_printed(shown: Shown) -> None:
    record = json.loads(shown(SEEDS["control_flow"], "--json"))
    assert set(record) >= PROMISED
    assert record["uncounted"] == {"BUILTIN_250": 1, "WHILE": 1, "custom:FlexErf": 1}
    assert {f["kind"] for f in record["findings"]} >= {"flex", "unknown-operator", "control-flow"}
    assert set(record["findings"][0]) == {
        "kind", "severity", "message", "advice", "subgraph", "operators", "names", "vanishes", "macs", "bytes", "ns",
        "ci95_ns", "share",
    }  # fmt: skip
    assert record["xnnpack"]["own"]["1"] == "it has no kernel for it"
    assert record["needed_runtime"] == "2.17.0"


def test_a_file_that_cannot_be_read_is_an_error_for_the_caller(tmp_path: Path) -> None:
    with pytest.raises(ModelFileError, match="there is no such file"):
        inspect(tmp_path / "none.tflite")


def test_names_of_files_may_be_anything_the_system_allows(tmp_path: Path) -> None:
    path = tmp_path / "model\udcff.tflite"
    path.write_bytes(SEEDS["convolutions"])
    assert inspect(path).file.endswith("model\ufffd.tflite")


def test_findings_come_from_the_graph_and_from_its_constants(tmp_path: Path) -> None:
    kinds = {f.kind for f in inspect(FIXTURES / "tiny_dynamic.tflite").findings}
    assert kinds == {"dynamic-input"}


def test_reading_facts_needs_neither_numpy_nor_the_runtime() -> None:
    path = FIXTURES / "tiny_conv.tflite"
    code = (
        "import sys; from pathlib import Path; from ghostbench.graph.facts import read_facts; "
        f"read_facts(Path({str(path)!r})); "
        "print(sorted({'numpy', 'flatbuffers', 'ai_edge_litert', 'tensorflow'} & set(sys.modules)))"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=60
    )
    assert done.stdout.strip() == "[]"
