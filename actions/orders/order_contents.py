"""Which orders hold the products that a message speaks of."""

import re
from typing import FrozenSet, Iterable, List

from actions.engine_replies import Order

_WORD = re.compile(r"[a-z][a-z'-]{2,}", re.IGNORECASE)
_NO_PRODUCTS = frozenset(
    re.findall(
        r"\w+",
        """about account actually again agent all already also amount and another answer any anything arrive arrived
        arriving back because been before best bottom bought box but buy came can cancel canceled cancelled cancelling
        cans card change charge check code come coming containing contains contents cost could count couple current
        date day days december delayed deliver delivered deliveries delivery did discount does doing done dont each
        earlier earliest else email ever every expensive few fifth find first for forget fourth friday from get getting
        give goes going good got had happened has have help her here hey hello his how include included into invoice
        isn isnt item items its just keep know large last late later latest let like list live long look made make man
        many mean meant middle money month monday more most much must need never new newer newest next not nothing
        november now number october off offer okay old older oldest one ones only option order ordered ordering orders
        other our out over own pack package packed packing pair parcel part pay payment people person piece pieces
        place placed please previous price problem product products promised purchase purchases put quick really receive
        received recent refund return returned returning returns right same saturday say second see send sending sent
        september set shall ship shipment shipped shipping shop should show sign size small some someone something
        sorry status still stop stuff such sunday sure take tell than thank thanks that the their them then there these
        they thing things think third this those thursday time times today together tomorrow too top total track
        tracking tuesday two under until use used very wait want wanted was way wednesday week weekend weeks well went
        were what when where which while who why will with without wont work would wrong yes yesterday yet you your""",
    )
)
"""Words of talk, of time, of units: found in a product's name they tell nothing."""
_SINGULARS = (("ies", "y"), ("oes", "o"), ("ches", "ch"), ("shes", "sh"), ("xes", "x"), ("ss", "ss"), ("s", ""))


def holding(text: str, orders: Iterable[Order]) -> List[Order]:
    """Those with most of the products that the text speaks of; none where it speaks of no product of any order."""
    words = product_words(text)
    counted = [(len(words & frozenset().union(*map(product_words, order.contents))), order) for order in orders]
    most = max((count for count, _ in counted), default=0)
    return [order for count, order in counted if most and count == most]


def product_words(text: str) -> FrozenSet[str]:
    """The words that may name a product, in the singular."""
    words = (word.lower().strip("'-") for word in _WORD.findall(text))
    return frozenset(_singular(word) for word in words if word not in _NO_PRODUCTS)


def _singular(word: str) -> str:
    for ending, instead in _SINGULARS:
        if word.endswith(ending):
            return word[: -len(ending)] + instead
    return word
