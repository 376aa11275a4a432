import re
from pathlib import Path

import pytest
import yaml

from bot.dialogue.flows import load_flows
from bot.help.calibrate_help import read_questions
from bot.help.help_articles import HelpArticleError, Passage, articles_hash, read_intents, read_passages

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


OF_SHOPS = [Path("promo_engine/shops") / name / "help" for name in ("completejourney", "trail_and_tarn")]


@pytest.mark.parametrize("own", OF_SHOPS, ids=lambda folder: folder.parent.name)
def test_the_demo_shops_own_articles_are_whole_and_stand_beside_the_common_ones(own: Path) -> None:
    common, both = read_passages(Path("data/help")), read_passages(Path("data/help"), own)
    assert both[: len(common)] == common
    added = both[len(common) :]
    assert {passage.article_id for passage in added} == {file.stem for file in own.glob("*.md")}
    assert max(len(passage.text) for passage in added) < 400, "a passage has to fit a chat bubble"


def test_an_article_of_the_shops_own_stands_in_place_of_the_common_one(tmp_path: Path) -> None:
    common, own = tmp_path / "common", tmp_path / "own"
    for folder in (common, own):
        folder.mkdir()
    write(common, "returns.md", ARTICLE)
    write(common, "other.md", ARTICLE.replace("id: returns", "id: other"))
    write(own, "our-returns.md", ARTICLE.replace("30", "14"))
    before = articles_hash(common)
    texts: dict[str, str] = {}
    for passage in read_passages(common, own):
        texts[passage.article_id] = texts.get(passage.article_id, "") + passage.text
    assert set(texts) == {"returns", "other"}
    assert "14" in texts["returns"] and "30" not in texts["returns"]
    assert "30" in texts["other"]
    assert articles_hash(common, own) != before


def test_a_folder_of_ones_own_without_articles_is_refused(tmp_path: Path) -> None:
    with pytest.raises(HelpArticleError, match="PROMOBOT_HELP_DIR"):
        read_passages(Path("data/help"), tmp_path)


GROCERIES = re.compile(
    r"\b(food|grocer\w*|bottles?|diet|ingredients?|allerg\w*|vegan|gluten|milk|bread|cheese|strawberr\w*|pasta|coffee|"
    r"fresh|fridge|cooling|best.before|shelf|shelves|aisle)\b",
    re.IGNORECASE,
)


def test_what_every_shop_says_speaks_of_nobodys_goods() -> None:
    """Articles and replies are those of any shop: an outdoor shop has no allergens."""
    passages = read_passages(Path("data/help"))
    said = [text for p in passages for text in (p.title, p.heading, p.text, *p.questions)]
    for file in Path("bot/domain").glob("*.yml"):
        responses = yaml.safe_load(file.read_text()).get("responses") or {}
        said += [variation["text"] for texts in responses.values() for variation in texts if "text" in variation]
    assert len(said) > 200
    assert [text for text in said if GROCERIES.search(text)] == []


def test_the_intents_of_the_shops_own_folder_are_added(tmp_path: Path) -> None:
    common, own = tmp_path / "common", tmp_path / "own"
    for folder, article in ((common, "returns"), (own, "food")):
        folder.mkdir()
        write(folder, f"{article}.md", ARTICLE.replace("id: returns", f"id: {article}"))
    assert read_intents(common, own) == {}
    before = articles_hash(common, own)
    (common / "intents.yml").write_text("return_order: [returns]\n")
    (own / "intents.yml").write_text("return_order: [food]\nspoiled: [food]\n")
    assert read_intents(common, own) == {"return_order": ["returns", "food"], "spoiled": ["food"]}
    assert articles_hash(common, own) != before


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("return_order: [nothing]", "'return_order' names nothing, which is no article"),
        ("return_order: returns", "write an intent a line"),
        ("- returns", "write an intent a line"),
        ("a: [", "intents.yml: "),
    ],
)
def test_intents_that_cannot_be_used_are_told_in_one_line(tmp_path: Path, text: str, message: str) -> None:
    write(tmp_path, "returns.md", ARTICLE)
    (tmp_path / "intents.yml").write_text(text)
    with pytest.raises(HelpArticleError, match=message) as caught:
        read_intents(tmp_path)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("own", OF_SHOPS, ids=lambda folder: folder.parent.name)
def test_the_projects_intents_are_the_bots(own: Path) -> None:
    known = set(load_flows(Path("data/flows")))
    assert set(read_intents(Path("data/help"), own)) <= known
