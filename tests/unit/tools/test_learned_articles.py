"""Help articles with learned questions, as the bot's training reads them."""

from __future__ import annotations

from pathlib import Path

from tools.learning.learned_articles import with_questions, write_articles

ARTICLE = """---
id: returns
title: Returning goods
topic: returns
updated: 2026-11-22
---

## How long you have

<!-- asked: what is the deadline -->

You can return unused goods within 30 days.

## What it costs

Sending goods back costs nothing.
"""


def test_a_question_stands_in_the_section_that_is_most_like_it() -> None:
    text = with_questions(ARTICLE, ["what does sending it back cost | -->", "within how many days"])
    long, costs = text.split("## What it costs")
    assert "<!-- asked: within how many days -->" in long
    assert "<!-- asked: what is the deadline -->" in long
    assert "<!-- asked: what does sending it back cost > -->" in costs
    assert costs.count("-->") == 1, "no question ends the comment early"


def test_the_folder_holds_the_shops_articles_and_those_that_learned(tmp_path: Path) -> None:
    common, own, learned, out = (tmp_path / name for name in ("common", "own", "learned", "out"))
    for folder in (common, own, learned / "help"):
        folder.mkdir(parents=True)
    (common / "returns.md").write_text(ARTICLE)
    (common / "payment.md").write_text(ARTICLE.replace("id: returns", "id: payment"))
    (own / "hours.md").write_text(ARTICLE.replace("id: returns", "id: hours"))
    assert not write_articles(common, own, learned, out)
    assert not out.exists()
    (learned / "help" / "questions.yml").write_text("returns: [may I bring it back]\ngone: [anything]\n")
    assert write_articles(common, own, learned, out)
    assert sorted(path.name for path in out.glob("*")) == ["hours.md", "returns.md"]
    assert "may I bring it back" in (out / "returns.md").read_text()
    assert (out / "hours.md").read_text() == (own / "hours.md").read_text()
