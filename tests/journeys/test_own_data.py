"""A person looks at all that is held and has it forgotten, in screens that only that person sees."""

import json

import pytest

from bot.services import comments
from storage.engine import Database
from tests.builders import CHANNEL, HOME
from tests.journeys.open_pulse import kept, newest_round, open_pulse, people_who_answered, person_of
from tests.journeys.world import MODES, Journey
from tests.slack_limits import breaches

MEMBER, PARTNER, OTHER = "U0H07", "U0E07", "U0H08"


def shown(on: Journey, user: str) -> str:
    """The screen that a person sees."""
    view = on.view(user)
    assert breaches(view, kind="view") == []
    return json.dumps(view["blocks"], ensure_ascii=False)


def direct_messages(on: Journey, user: str) -> int:
    """How many direct messages the bot has sent to a person."""
    return sum(len(each.messages) for each in on.slack.world.channels.values() if each.im_of == user)


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("who", [MEMBER, PARTNER], ids=["home", "partner"])
def test_whoever_answered_looks_at_it_and_has_it_forgotten(sqlite: Database, mode: str, who: str) -> None:
    with open_pulse(sqlite, mode) as on:
        on.answer(who, 4, 2)
        on.answer(OTHER, 5, 5)
        on.click(who, "more", on.pulse())
        on.submit(who, {"choice": "my_data"})
        assert "Only you see this" in shown(on, who)
        assert "4, agree" in shown(on, who)
        assert "5, strongly agree" not in shown(on, who)
        on.click(who, "forget_me", on.view(who))
        question = shown(on, who)
        assert "What it cannot reach" in question
        assert "Northfield Schools" in question
        assert people_who_answered(on) == 2
        assert on.submit(who) == {}
        assert "are deleted" in shown(on, who)
        assert kept(on, who) == ["-", "-", "-"]
        assert kept(on, OTHER) == [5, 5, "-"]
        on.click(who, "more", on.pulse())
        on.submit(who, {"choice": "my_data"})
        assert "none is kept" in shown(on, who)
        assert direct_messages(on, who) == 0


def test_the_commands_open_the_same_screens(sqlite: Database) -> None:
    with open_pulse(sqlite) as on:
        on.answer(MEMBER, 4)
        on.command(MEMBER, "my-data")
        assert "4, agree" in shown(on, MEMBER)
        on.command(MEMBER, "forget-me")
        on.submit(MEMBER)
        assert people_who_answered(on) == 0


def test_much_data_is_read_page_by_page(sqlite: Database) -> None:
    with open_pulse(sqlite) as on:
        for number in range(6):
            asked = newest_round(on)
            written = f"Begin {number}. " + "A good week & more. " * 145
            comments.write(on.product.ports, HOME, CHANNEL, person_of(on, MEMBER), asked.id, written)
            on.pass_time(days=7)
        on.command(MEMBER, "my-data")
        read = [shown(on, MEMBER)]
        assert "Page 1 of 2" in read[0]
        on.click(MEMBER, "my_data_next", on.view(MEMBER))
        read.append(shown(on, MEMBER))
        assert "Page 2 of 2" in read[1]
        assert all(any(f"Begin {number}." in each for each in read) for number in range(6))
        on.click(MEMBER, "my_data_before", on.view(MEMBER))
        assert "Page 1 of 2" in shown(on, MEMBER)


def test_a_stranger_is_told_nothing(sqlite: Database) -> None:
    with open_pulse(sqlite) as on:
        on.slack.world.add_user("U0STRANGER")
        on.slack.world.channels[CHANNEL].members.append("U0STRANGER")
        for verb in ("my-data", "forget-me"):
            on.command("U0STRANGER", verb)
            assert "no partnership here that you are part of" in on.said("U0STRANGER")
            assert on.slack.views_of("U0STRANGER") == []
