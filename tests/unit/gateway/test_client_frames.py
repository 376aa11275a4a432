"""Every client frame of tests/contract/widget.json is understood."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from gateway.chat.frames import read_frame, to_text

CLIENT_FRAMES = json.loads((Path(__file__).parents[2] / "contract" / "widget.json").read_text())["client"]


@pytest.mark.parametrize("kind", sorted(CLIENT_FRAMES))
def test_every_client_frame_is_understood(kind: str) -> None:
    example = dict(CLIENT_FRAMES[kind])
    for name in ("conversation_id", "client_message_id", "button_token", "earlier_token"):
        if name in example:
            example[name] = "0b0c7f0e-6f7e-4a5e-9d53-0f7f5a1d2c3b"
    assert read_frame(to_text(example)).type == kind
