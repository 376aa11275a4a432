import pytest

from tools.checks.check_private import findings


@pytest.mark.parametrize(
    "source",
    [
        "from promo_engine.services import _secret",
        "monkeypatch.setattr(service, '_jobs', None)",
        "monkeypatch.setattr('promo_engine.storage.sqlite.in_place._WAIT_S', 1)",
    ],
)
def test_a_private_name_of_another_module_is_found(source: str) -> None:
    assert len(list(findings(source))) == 1


def test_public_names_dunders_and_names_of_libraries_are_not() -> None:
    source = "from promo_engine import __version__\nfrom numpy import _core\nmonkeypatch.setattr(service, 'jobs', None)"
    assert list(findings(source)) == []
