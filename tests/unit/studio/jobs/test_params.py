from __future__ import annotations

import argparse
from typing import Any

import pytest

from promo_engine.domain.errors import InvalidRequest
from studio.errors import StrategyError
from studio.jobs.command import Command
from studio.jobs.params import Params, fields_of, http_schema, param, read_http
from studio.jobs.sources import SalesParams
from studio.jobs.strategy_parser import add_options, read_options


class TeaParams(SalesParams):
    """Of a command that is none."""

    leaves: int = param(3, title="Leaves", text="how many 100 % leaves", unit="pieces", ge=1, lt=9)
    pot: str | None = param(None, title="Pot", text="which pot", max_length=5, positional=True)
    strength: float = param(title="Strength", text="how strong", gt=0, formerly="vigour")
    milk: bool = param(False, title="Milk", text="with milk")


TEA = Command(name="tea", summary="make tea", example="tea", params=TeaParams, run=lambda _params: None)


def typed(*words: str) -> TeaParams:
    parser = argparse.ArgumentParser()
    add_options(parser, TEA)
    return read_options(parser.parse_args(words), TeaParams)


def test_what_is_typed_is_read_by_the_fields_types() -> None:
    params = typed("blue", "--leaves", "5", "--strength", "0.5", "--milk")
    assert (params.leaves, params.pot, params.strength, params.milk) == (5, "blue", 0.5, True)
    assert typed("--strength", "2").leaves == 3


def test_json_says_the_same_and_stands_alone() -> None:
    assert typed("--json", '{"strength": 0.5, "leaves": 5}') == typed("--strength", "0.5", "--leaves", "5")
    with pytest.raises(StrategyError, match="leave --leaves out"):
        typed("--json", "{}", "--leaves", "5")
    for text in ("[1]", "{"):
        with pytest.raises(StrategyError, match="--json"):
            typed("--json", text)


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["--strength", "1", "--leaves", "9"], "--leaves: Input should be less than 9"),
        (["--strength", "much"], "--strength: Input should be a valid number"),
        ([], "--strength: has to be given"),
        (["--strength", "1", "a-large-pot"], "pot: String should have at most 5 characters"),
    ],
)
def test_what_cannot_be_is_one_line_with_the_option_as_it_is_typed(words: list[str], message: str) -> None:
    with pytest.raises(StrategyError, match=f"^{message}"):
        typed(*words)


def test_an_old_option_names_the_new_one(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        typed("--vigour", "3")
    assert ended.value.code == 1
    assert capsys.readouterr().err == "promobot: --vigour is called --strength now\n"


def test_an_option_that_is_gone_says_what_is_there_instead(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        typed("--strength", "1", "--source", "package")
    assert ended.value.code == 1
    said = capsys.readouterr().err
    assert said.startswith("promobot: --source: it is gone: every command reads the shop's database")
    assert said.count("\n") == 1
    with pytest.raises(StrategyError, match=r"^--source: it is gone"):
        typed("--json", '{"strength": 1, "source": "database"}')
    with pytest.raises(InvalidRequest, match=r"^source: it is gone"):
        read_http(TeaParams, {"strength": 1, "source": "database"})


def test_help_tells_units_bounds_and_defaults() -> None:
    parser = argparse.ArgumentParser(prog="tea")
    add_options(parser, TEA)
    text = " ".join(parser.format_help().split())
    assert "how many 100 % leaves (pieces, from 1 below 9, default 3)" in text
    assert "with milk" in text
    assert "vigour" not in text
    assert "--source" not in text


def test_the_schema_is_flat_and_names_no_file_of_the_machine() -> None:
    schema = http_schema(TeaParams)
    assert list(schema["properties"]) == ["leaves", "pot", "strength", "milk"]
    assert list(fields_of(TeaParams))[-1] == "reports", "on the command line alone"
    assert schema["required"] == ["strength"]
    assert schema["properties"]["pot"] == {
        "description": "which pot", "maxLength": 5, "title": "Pot", "type": "string"
    }  # fmt: skip
    assert schema["properties"]["strength"]["formerly"] == "vigour"


def test_http_takes_exact_types_old_names_and_null_for_nothing() -> None:
    assert read_http(TeaParams, {"vigour": 1, "pot": None}) == {"strength": 1.0}
    assert read_http(TeaParams, {"strength": 1.5, "leaves": 3}) == {"strength": 1.5, "leaves": 3}


@pytest.mark.parametrize(
    ("values", "field"),
    [
        ({"strength": "1"}, "strength"),
        ({"strength": 1, "leaves": True}, "leaves"),
        ({"strength": 1, "reports": "/tmp"}, "reports"),
        ({"strength": 1, "sugar": 2}, "sugar"),
        ({}, "strength"),
    ],
)
def test_http_refuses_by_field(values: dict[str, Any], field: str) -> None:
    with pytest.raises(InvalidRequest) as refused:
        read_http(TeaParams, values)
    assert refused.value.field == field


def test_params_cannot_be_changed() -> None:
    class Fixed(Params):
        """One field."""

        count: int = param(1, title="Count", text="how many")

    with pytest.raises(ValueError, match="frozen"):
        Fixed().count = 2
