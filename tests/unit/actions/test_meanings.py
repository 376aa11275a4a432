from actions.meanings import AskMeaning
from tests.unit.actions.scripted_engine import run


async def test_the_readings_are_buttons_and_so_is_something_else() -> None:
    meanings = [{"intent": f"intent_{n}", "title": f"Title {n}"} for n in range(4)]
    question = await run(AskMeaning(), "nlu_fallback", slots={"meanings": meanings})
    assert question.response == "utter_did_you_mean"
    assert [(button["title"], button["payload"]) for button in question.messages[0]["buttons"]] == [
        ("Title 0", "/intent_0"),
        ("Title 1", "/intent_1"),
        ("Title 2", "/intent_2"),
        ("Something else", "/deny"),
    ]
