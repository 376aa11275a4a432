"""The check of words refuses what the glossary refuses, and nothing else."""

import pytest

from tools.checks.check_words import GLOSSARY, ROOT, Glossary, findings, main, read_glossary

PAGE = """
## Identifiers that are refused

| not | but | where | but in |
|---|---|---|---|
| `till` | checkout service | | |
| `labelled choice`, `lesson` | training example | | |
| `silence` | no offer | promo_engine | promo_engine/storage/tables |

## Names that are refused as they stand

| not | but |
|---|---|
| `one` | the thing's own name |
| `Moved` | SegmentChanged |

## Labels that are refused

| not | but |
|---|---|
| Speaking first | Proactive messages |
"""


@pytest.fixture
def glossary() -> Glossary:
    return read_glossary(PAGE)


@pytest.mark.parametrize(
    ("path", "text", "word"),
    [
        ("gateway/app.py", "class TillService: ...", "TillService"),
        ("gateway/app.py", "my_till = 1", "my_till"),
        ("gateway/till_view.py", "", "till_view"),
        ("gateway/app.py", "LABELLED_CHOICE = 1", "LABELLED_CHOICE"),
        ("gateway/app.py", "labelledChoice = 1", "labelledChoice"),
        ("promo_engine/app.py", "def silence_of(): ...", "silence_of"),
        ("gateway/app.py", "[one for one in ()]", "one"),
        ("web/console/src/App.tsx", "const tillRow = 1;", "tillRow"),
        ("web/console/src/App.tsx", "<h1>Speaking first</h1>", "Speaking first"),
        ("docs/console.md", "The page *Speaking first*", "Speaking first"),
    ],
)
def test_a_refused_word_is_found_with_what_to_say_instead(glossary: Glossary, path: str, text: str, word: str) -> None:
    (finding, *_) = findings(path, text, glossary)
    assert finding.startswith(f"{path}:1: ")
    assert word in finding
    assert "say " in finding


@pytest.mark.parametrize(
    ("path", "text"),
    [
        ("gateway/app.py", "until = distill = instil = 1"),
        ("gateway/app.py", "# the till is one word here\nx = 'one till'"),
        ("gateway/app.py", "def silence(): ..."),
        ("promo_engine/storage/tables/x.py", "silence = 1"),
        ("gateway/app.py", "one_line = everyone = 1"),
        ("web/console/src/App.tsx", 'const row = "till"; // till\n/* one */'),
        ("docs/console.md", "one till"),
    ],
)
def test_other_words_texts_and_stored_names_are_left_alone(glossary: Glossary, path: str, text: str) -> None:
    assert list(findings(path, text, glossary)) == []


def test_the_project_s_glossary_can_be_read() -> None:
    glossary = read_glossary((ROOT / GLOSSARY).read_text(encoding="utf-8"))
    assert len(glossary.parts) > 50
    assert glossary.names["one"]


def test_a_clean_file_passes_the_check(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["tests/unit/tools/test_check_rooms.py"]) == 0
    assert capsys.readouterr().out == ""
