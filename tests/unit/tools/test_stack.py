"""What `make demo`, `make shell` and `make smoke` read from the environment."""

import pytest

from tools.stack import DEFAULT_PORTS, StackError, ports_of_the_person


def test_a_port_of_the_environment_wins(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in DEFAULT_PORTS:
        monkeypatch.delenv(f"PROMOBOT_{name.upper()}_PORT", raising=False)
    assert ports_of_the_person() == DEFAULT_PORTS
    monkeypatch.setenv("PROMOBOT_ENGINE_PORT", "9000")
    assert ports_of_the_person() == {**DEFAULT_PORTS, "engine": 9000}


@pytest.mark.parametrize("text", ["", "eighty", "-1", "0", "65536", "8080808080", "²"])
def test_what_is_no_port_is_told_by_its_variable(monkeypatch: pytest.MonkeyPatch, text: str) -> None:
    monkeypatch.setenv("PROMOBOT_GATEWAY_PORT", text)
    with pytest.raises(StackError, match=f"PROMOBOT_GATEWAY_PORT={text}: a port"):
        ports_of_the_person()
