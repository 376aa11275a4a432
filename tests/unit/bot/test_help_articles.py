import re
from pathlib import Path

import pytest

from bot.help.calibrate_help import read_questions
from bot.help.help_articles import HelpArticleError, Passage, articles_hash, read_passages

ARTICLE = """---
id: returns
title: Returning goods
topic: returns
updated: 2026-11-22
---

Words before the first heading are not quoted.

## How long you have

<!-- asked: how many days | what is the
deadline -->

You can return unused goods
within 30 days.

Fresh food cannot come back.

## How to send it

<!-- a note for editors -->
Use the label.
"""


def write(folder: Path, name: str, text: str) -> Path:
    folder.mkdir(exist_ok=True)
    (folder / name).write_text(text, encoding="utf-8")
    return folder


def test_an_article_is_cut_into_paragraphs_under_their_headings(tmp_path: Path) -> None:
    questions = ("how many days", "what is the deadline")
    assert read_passages(write(tmp_path, "returns.md", ARTICLE)) == [
        Passage(
            "returns", "Returning goods", "How long you have", "You can return unused goods within 30 days.", questions
        ),
        Passage("returns", "Returning goods", "How long you have", "Fresh food cannot come back.", questions),
        Passage("returns", "Returning goods", "How to send it", "Use the label.", ()),
    ]


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        (ARTICLE.replace("---\n", ""), "no front matter"),
        (ARTICLE.replace("title: Returning goods\n", ""), "no 'title'"),
        (ARTICLE.replace("2026-11-22", "last week"), "'updated' must be a day"),
        (ARTICLE.replace("title: Returning", "title: [Returning"), "line"),
        (ARTICLE.partition("Words")[0], "no passage"),
    ],
)
def test_a_slip_is_told_in_one_line_with_its_file(tmp_path: Path, text: str, reason: str) -> None:
    with pytest.raises(HelpArticleError, match=rf"returns\.md: .*{re.escape(reason)}") as caught:
        read_passages(write(tmp_path, "returns.md", text))
    assert "\n" not in str(caught.value)


def test_an_id_is_used_once(tmp_path: Path) -> None:
    write(tmp_path, "a.md", ARTICLE)
    with pytest.raises(HelpArticleError, match=r"b\.md: the id 'returns' is already that of .*a\.md"):
        read_passages(write(tmp_path, "b.md", ARTICLE))


def test_a_folder_without_articles_is_refused(tmp_path: Path) -> None:
    for folder in (tmp_path, tmp_path / "missing"):
        with pytest.raises(HelpArticleError, match="no help articles"):
            read_passages(folder)


def test_the_hash_follows_the_content(tmp_path: Path) -> None:
    before = articles_hash(write(tmp_path, "returns.md", ARTICLE))
    assert articles_hash(tmp_path) == before
    assert articles_hash(write(tmp_path, "returns.md", ARTICLE.replace("30", "14"))) != before


def test_the_shops_articles_are_whole() -> None:
    passages = read_passages(Path("data/help"))
    articles = {passage.article_id for passage in passages}
    assert len(articles) >= 30
    assert articles == {file.stem for file in Path("data/help").glob("*.md")}
    assert max(len(passage.text) for passage in passages) < 400, "a passage has to fit a chat bubble"


def test_no_question_of_the_measurement_stands_in_an_article() -> None:
    """A question that is nearly in an article would measure copying, not understanding."""
    in_articles = [
        set(question.split()) for passage in read_passages(Path("data/help")) for question in passage.questions
    ]
    for questions in read_questions(Path("data/help/questions.yml")).values():
        for question in questions:
            words = set(question.text.rstrip("?!").split())
            assert max(len(words & other) / len(words | other) for other in in_articles) <= 0.6, question.text
