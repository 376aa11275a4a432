"""POST /v1/code-news, POST /v1/code-news/{decision_id}/dropped."""

from __future__ import annotations

from aiohttp import web

from promo_engine.api.http.endpoint import Endpoint, Reply, path_id
from promo_engine.api.http.keys import HOSTED_CODES

NEWS_AT_ONCE = 50


class CodeNewsItem(Reply, from_attributes=True):
    """Somebody who accepted an offer waits for its code, which is there now or will never be."""

    decision_id: str
    conversation_id: str


class CodeNewsReply(Reply):
    """Whom to tell now; the same comes again after a minute, unless the outcome was reported again meanwhile."""

    news: list[CodeNewsItem]


class DroppedNewsReply(Reply):
    """Nobody is told any more."""

    decision_id: str


async def claim_code_news(request: web.Request) -> CodeNewsReply:
    """Claim news of codes."""
    claimed = await request.app[HOSTED_CODES].claim_news(limit=NEWS_AT_ONCE)
    return CodeNewsReply(news=[CodeNewsItem.model_validate(item) for item in claimed])


async def drop_code_news(request: web.Request) -> DroppedNewsReply:
    """Drop the news of a decision's code."""
    decision_id = path_id(request, "decision_id")
    await request.app[HOSTED_CODES].drop_news(decision_id)
    return DroppedNewsReply(decision_id=decision_id)


ENDPOINTS = (
    Endpoint("POST", "/v1/code-news", "Claim news of codes that somebody waits for", claim_code_news, CodeNewsReply),
    Endpoint(
        "POST",
        "/v1/code-news/{decision_id}/dropped",
        "Drop news that nobody can be told",
        drop_code_news,
        DroppedNewsReply,
    ),
)
