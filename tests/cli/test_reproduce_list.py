import json

import pytest

from ghostbench.cli.main import main


def test_the_list_names_every_paper_with_its_parts(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["reproduce", "--list"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert [line.split()[0] for line in lines] == [
        "paper", "ghostnet-2020", "ghostnetv2-2022", "greedy-enlarging-2021", "mobilenetv3-2019",
    ]  # fmt: skip
    assert "compression, ablation, detection, modules, enlarged" in lines[1]


def test_the_list_is_there_as_json(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["reproduce", "--list", "--json"]) == 0
    told = {paper["name"]: paper for paper in json.loads(capsys.readouterr().out)}
    assert told["ghostnet-2020"]["networks"] == 18
    assert "table7" in told["ghostnet-2020"]["tables"]
