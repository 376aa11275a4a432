"""The counts of an offer keep the names under which the console reads them."""

from promo_engine.api.promotions.shown_offer_endpoints import OfferResultsReply
from promo_engine.domain.decisions.decisions import OfferResults


def test_offers_left_unanswered_are_called_silent_in_the_reply() -> None:
    counts = OfferResults(offer_id="tea", exposures=9, accepted=3, declined=2, unanswered=1, redeemed=1)
    reply = OfferResultsReply.model_validate(counts, from_attributes=True)
    assert reply.model_dump(mode="json", by_alias=True) == {
        "offer_id": "tea",
        "exposures": 9,
        "accepted": 3,
        "declined": 2,
        "silent": 1,
        "redeemed": 1,
    }
