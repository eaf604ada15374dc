"""The screens of an escalation: within Slack's limits with any words, and saying who is told and what follows."""

from collections.abc import Callable, Mapping
from typing import Any

import pytest

from bot.domain.escalation import Move, State
from bot.domain.route_map import Lane, Level
from bot.views.escalation import draw_form, draw_list, draw_move, draw_preview, draw_record
from bot.views.escalation_messages import BUTTONS, draw_escalation, draw_escalation_news
from tests.slack_limits import breaches, text_covers_blocks
from tests.views.test_every_message import CLOSES, ORDINARY, Texts, an_escalation, every_text, texts_in

FULL = (Move.OPEN, Move.RAISE, Move.LAPSE, Move.HAND_OVER, Move.WAKE, Move.REMIND)
TOLD_SHORTLY = tuple(each for each in Move if each not in (Move.WAKE, Move.REMIND))


def written(texts: Texts) -> dict[str, str]:
    return {"what": texts.words(1_500), "stake": texts.words(700), "tried": texts.words(700), "level": "", "lane": ""}


def a_record(texts: Texts) -> dict[str, Any]:
    events = [
        {"move": move, "at": CLOSES, "level": "sponsors", "actor": "U1", "to": "U2", "text": texts.words(700)}
        for move in Move
    ]
    return an_escalation(texts, history=events * 8)


def levels(texts: Texts) -> list[tuple[Level, list[tuple[str, str]]]]:
    return [(each, [(name, "U1") for name in texts.organisations]) for each in Level]


SCREENS: Mapping[str, Callable[[Texts], dict[str, Any]]] = {
    "the form": lambda texts: draw_form(levels(texts), {}, "p"),
    "the form, prefilled": lambda texts: draw_form(levels(texts), written(texts), "p"),
    "the preview": lambda texts: draw_preview(an_escalation(texts), "p"),
    "the preview again": lambda texts: draw_preview(an_escalation(texts, following=None), "p", again=True),
    "no escalations": lambda texts: draw_list([], "p"),
    "many escalations": lambda texts: draw_list(
        [an_escalation(texts, escalation_id=f"e-{number}") for number in range(70)], "p"
    ),
    "a record to read": lambda texts: draw_record(a_record(texts), (), "p"),
    "a record to act on": lambda texts: draw_record(a_record(texts), tuple(BUTTONS), "p"),
    "nobody to hand over to": lambda texts: draw_move(Move.HAND_OVER, {}, [], (1,), "p"),
    **{
        f"a form for {move}": lambda texts, move=move: draw_move(  # type: ignore[misc]  # mypy knows no default here
            move, an_escalation(texts), [(texts.person, f"U{number}") for number in range(120)], (1, 2, 3), "p"
        )
        for move in (Move.ADD_VIEW, Move.HAND_OVER, Move.SNOOZE, Move.RAISE, Move.RESOLVE, Move.DISAGREE)
    },
}


@every_text
@pytest.mark.parametrize("name", SCREENS)
def test_slack_takes_every_screen(name: str, texts: Texts) -> None:
    assert breaches(SCREENS[name](texts), kind="view") == []


@every_text
@pytest.mark.parametrize("move", FULL)
def test_slack_takes_all_of_it_after_every_move(move: Move, texts: Texts) -> None:
    drawn = draw_escalation(an_escalation(texts, move))
    assert breaches(drawn, kind="message") == []
    assert text_covers_blocks(drawn) == []


@every_text
@pytest.mark.parametrize("move", TOLD_SHORTLY)
def test_slack_takes_the_word_on_every_move(move: Move, texts: Texts) -> None:
    drawn = draw_escalation_news(an_escalation(texts, move))
    assert breaches(drawn, kind="message") == []
    assert text_covers_blocks(drawn) == []


@pytest.mark.parametrize("name", SCREENS)
def test_words_of_people_mention_nobody(name: str) -> None:
    hostile = Texts(
        partnership="<!here>",
        organisations=("A <!here>", "B <!here>"),
        person="<!here>",
        words=lambda most: "<!here> <@U666>"[:most],
    )
    for text in texts_in(SCREENS[name](hostile), kind="mrkdwn"):
        assert "<!here>" not in text
        assert "<@U666>" not in text


def test_the_preview_says_who_is_told_by_when_and_where_it_goes_next() -> None:
    said = "\n".join(texts_in(draw_preview(an_escalation(ORDINARY, lane="normal"), "p")))
    assert "This carries your name; it is not part of the confidential pulse." in said
    assert "<@U11> (Brightbuild) and <@U12> (Northfield Council) will be told now, both" in said
    assert "If nobody answers by Thursday 14 May, 10:00" in said
    assert "it goes to the delivery leads, <@U11> (Brightbuild) and <@U12> (Northfield Council)" in said


def test_a_side_without_anybody_is_named_so_that_it_is_told_by_hand() -> None:
    owners = [["Brightbuild", ""], ["Northfield Council", "U12"]]
    for drawn in (
        draw_preview(an_escalation(ORDINARY, owners=owners), "p"),
        draw_escalation(an_escalation(ORDINARY, owners=owners, outcome="")),
    ):
        assert "Nobody of Brightbuild is there to be told; please tell them yourselves." in "\n".join(texts_in(drawn))


@pytest.mark.parametrize("level", Level)
@pytest.mark.parametrize("lane", Lane)
@pytest.mark.parametrize("state", State)
def test_level_lane_and_state_are_said_in_words(level: Level, lane: Lane, state: State) -> None:
    body = an_escalation(ORDINARY, level=level, lane=lane, state=state)
    screen = "\n".join(texts_in(draw_record({**body, "history": []}, (), "p")))
    assert level.called.casefold() in screen.casefold()
    assert level.called in draw_escalation(body)["text"]
    assert "_" not in screen
