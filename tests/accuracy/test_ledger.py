from dataclasses import replace
from pathlib import Path

import pytest

from ghostbench.accuracy.ledger import ANSWERS, Question, add_answers, read_answers
from ghostbench.accuracy.preprocessing import preprocessing_for
from ghostbench.core.accuracy import Prediction
from ghostbench.core.errors import StoreError

QUESTION = Question(
    model_sha256="a",
    dataset_sha256="b",
    preprocessing=preprocessing_for(None, 224),
    label_offset=0,
    runtime="r",
)
ONE = Prediction(image="1.png", label=1, top5=(1, 2, 3, 4, 5))
TWO = Prediction(image="2.png", label=0, unreadable="broken")


def test_answers_come_back_as_they_were_written(tmp_path: Path) -> None:
    add_answers(tmp_path, QUESTION, [ONE])
    add_answers(tmp_path, QUESTION, [TWO])
    assert read_answers(tmp_path, QUESTION) == [ONE, TWO]


def test_a_torn_line_is_cut_off_and_its_image_asked_again(tmp_path: Path) -> None:
    add_answers(tmp_path, QUESTION, [ONE, TWO])
    path = tmp_path / ANSWERS
    path.write_bytes(path.read_bytes()[:-5])
    assert read_answers(tmp_path, QUESTION) == [ONE]
    add_answers(tmp_path, QUESTION, [TWO])
    assert read_answers(tmp_path, QUESTION) == [ONE, TWO]


def test_nothing_is_answered_yet(tmp_path: Path) -> None:
    assert read_answers(tmp_path / "new", QUESTION) == []


def test_answers_to_another_question_are_not_taken(tmp_path: Path) -> None:
    add_answers(tmp_path, QUESTION, [ONE])
    other = replace(QUESTION, model_sha256="c")
    assert other.folder_name != QUESTION.folder_name
    with pytest.raises(StoreError, match="another question"):
        read_answers(tmp_path, other)


def test_a_spoilt_file_is_told_with_what_to_do(tmp_path: Path) -> None:
    (tmp_path / ANSWERS).write_text("{}\nnonsense\n")
    with pytest.raises(StoreError, match="remove the folder to begin anew"):
        read_answers(tmp_path, QUESTION)
