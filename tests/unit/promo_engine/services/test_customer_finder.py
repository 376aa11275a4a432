"""Who is not signed in is found by e-mail address, or by name and postcode, where the shop allows it."""

import pytest

from promo_engine.domain.customers.email_hash import email_hash, name_hash
from promo_engine.domain.customers.shop_orders import ShopCustomer
from promo_engine.domain.errors import Forbidden, InvalidRequest, NotFound, TooMany
from promo_engine.ports.unit_of_work import Storage
from promo_engine.services.customers.customer_finder import WRONG_TRIES, CustomerFinder, FoundBy
from tests.support.small_shop import NOW

BOTH = frozenset(FoundBy)


def person(customer_id: str, name: str, email: str) -> ShopCustomer:
    return ShopCustomer(customer_id, email_hash=email_hash(email), name_hash=name_hash(name, "10115"))


@pytest.fixture
async def people(storage: Storage) -> Storage:
    found = [person("ada", "Ada Müller", "ada@example.com"), person("bo", "Bo Li", "bo@example.com")]
    async with storage.write() as unit:
        await unit.shop.store_customers([*found, person("bo-2", "Bo Li", "b@example.com")], source_id="web", at=NOW)
    return storage


async def find(storage: Storage, *, found_by: frozenset[FoundBy] = BOTH, **said: str) -> str:
    finder = CustomerFinder(storage, found_by=found_by)
    email, name, postcode = (said.get(part, "") for part in ("email", "name", "postcode"))
    return await finder.find(email=email, name=name, postcode=postcode, conversation_id="c-1")


async def test_by_address_or_by_name_and_postcode_however_they_are_written(people: Storage) -> None:
    assert await find(people, email=" ADA@example.com ") == "ada"
    assert await find(people, name="ada muller", postcode="101 15") == "ada"
    assert await find(people, email="bo@example.com", name="Ada Müller") == "bo"


async def test_nobody_several_alike_and_half_a_proof_are_nobody(people: Storage) -> None:
    for said in ({"email": "x@example.com"}, {"name": "Bo Li", "postcode": "10115"}):
        with pytest.raises(NotFound):
            await find(people, found_by=BOTH, **said)
    with pytest.raises(InvalidRequest):
        await find(people, name="Ada Müller")


async def test_a_shop_whose_customers_sign_in_finds_nobody(people: Storage) -> None:
    with pytest.raises(Forbidden):
        await find(people, email="ada@example.com", found_by=frozenset())
    with pytest.raises(InvalidRequest):
        await find(people, email="ada@example.com", found_by=frozenset({FoundBy.NAME_AND_POSTCODE}))


async def test_guessing_ends_after_a_few_tries(people: Storage) -> None:
    finder = CustomerFinder(people, found_by=BOTH)
    for number in range(WRONG_TRIES):
        with pytest.raises(NotFound):
            await finder.find(email=f"{number}@example.com", name="", postcode="", conversation_id="c-1")
    with pytest.raises(TooMany):
        await finder.find(email="ada@example.com", name="", postcode="", conversation_id="c-1")
    assert await finder.find(email="ada@example.com", name="", postcode="", conversation_id="c-2") == "ada"
