"""Every question of the cookbook (models/cookbook.md) is answered by the query under it."""

from __future__ import annotations

import re

import pytest

from conftest import ROOT, Workspace

QUESTIONS = {
    int(number): (question, query)
    for number, question, query in re.findall(
        r"\*\*(\d+)\. (.*?)\*\*\n\n```sql\n(.*?)```", (ROOT / "models" / "cookbook.md").read_text(), re.DOTALL
    )
}
# Questions without an answer on the sample: three days are too few for scores, and no check fails.
WITHOUT_ROWS = {14, 20}


def test_there_are_twenty() -> None:
    assert list(QUESTIONS) == list(range(1, 21))
    assert len({query for _, query in QUESTIONS.values()}) == 20


@pytest.mark.parametrize("number", QUESTIONS)
def test_the_sample_answers(sample: Workspace, number: int) -> None:
    question, query = QUESTIONS[number]
    assert question.endswith("?")
    rows = sample.query(query)
    assert bool(rows) == (number not in WITHOUT_ROWS)
    # A row of nulls counts as no answer.
    assert not rows or any(value is not None for value in rows[0])
