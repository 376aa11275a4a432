from typing import Any

import pytest
from pydantic import TypeAdapter, ValidationError

from promo_engine.codecs.written_types import JsonObject

FREE = TypeAdapter(JsonObject)


@pytest.mark.parametrize("value", [{}, {"a": [1, None, {"b": "x"}]}, {"most": 2**64 - 1}, {"least": -(2**63)}])
def test_json_of_no_fixed_form_is_kept_as_it_is(value: dict[str, Any]) -> None:
    assert FREE.validate_python(value) == value


@pytest.mark.parametrize("value", [{"a": 2**64}, {"a": [{"b": -(2**63) - 1}]}])
def test_what_no_database_can_keep_is_refused(value: dict[str, Any]) -> None:
    with pytest.raises(ValidationError, match="cannot be stored: Integer exceeds 64-bit range"):
        FREE.validate_python(value)
