"""App Home shows each person the own partnerships; an action is agreed by leads, owned on each side, and done."""

import pytest

from storage.engine import Database
from tests.journeys.open_pulse import open_pulse
from tests.journeys.world import MODES, Journey
from tests.slack_limits import breaches

LEAD, MEMBER, ADMINISTRATOR, OTHER_LEAD = "U0H01", "U0H07", "U0H01", "U0E01"


def home(on: Journey, user: str) -> str:
    """What a person reads on the app's page, after opening it."""
    on.send("events_api", on.slack.events.app_home_opened(user))
    view = on.slack.home_of(user)
    assert view is not None
    assert breaches(view, kind="view") == []
    return str(view["blocks"])


@pytest.mark.parametrize("mode", MODES)
def test_the_page_says_what_is_open_for_me(sqlite: Database, mode: str) -> None:
    with open_pulse(sqlite, mode) as on:
        assert "3 questions of pulse 1" in home(on, MEMBER)
        on.answer(MEMBER, 4, 4)
        assert "one question of pulse 1" in home(on, MEMBER)
        on.click(MEMBER, "answer_3_0", on.pulse())
        assert "nothing more" in home(on, MEMBER)
        on.pass_time(days=2)
        page = home(on, MEMBER)
        assert "The next pulse comes to the channel" in page
        assert "Pulse 1" in page


def test_set_up_stands_on_the_page_of_administrators_alone(sqlite: Database) -> None:
    with open_pulse(sqlite) as on:
        assert "Change the set-up" in home(on, ADMINISTRATOR)
        assert "Change the set-up" not in home(on, MEMBER)


def test_a_stranger_of_the_workspace_sees_no_partnership(sqlite: Database) -> None:
    with open_pulse(sqlite) as on:
        on.slack.world.add_user("U0STRANGER")
        page = home(on, "U0STRANGER")
        assert "You are in no channel that has a pulse" in page
        assert "Northfield" not in page


def test_more_on_the_page_opens_the_hub_of_that_channel(sqlite: Database) -> None:
    with open_pulse(sqlite) as on:
        home(on, MEMBER)
        view = on.slack.home_of(MEMBER)
        assert view is not None
        on.click(MEMBER, "hub", view)
        assert on.view(MEMBER)["callback_id"] == "hub_chosen"


def test_both_sides_agree_an_action_and_hear_when_it_is_done(sqlite: Database) -> None:
    with open_pulse(sqlite) as on:
        on.click(OTHER_LEAD, "more", on.pulse())
        on.submit(OTHER_LEAD, {"choice": "action"})
        form = on.view(OTHER_LEAD)
        owners = [each["block_id"] for each in form["blocks"] if each.get("block_id", "").startswith("owner.")]
        builder, council = owners
        filled = {"text": "A weekly call about dates", builder: "U0E05", council: "U0H05"}
        assert on.submit(OTHER_LEAD, {**filled, "due_on": "2020-01-01"}) != {}
        assert on.submit(OTHER_LEAD, {**filled, "due_on": "2026-05-19"}) == {}
        on.work()
        assert "*Agreed:* A weekly call about dates" in on.posts()[-1]
        assert "<@U0E05> (Brightbuild) and <@U0H05> (Northfield Council)" in on.posts()[-1]
        assert "*You own:* A weekly call about dates" in home(on, "U0H05")
        message = next(each for each in reversed(on.slack.messages("C0NORTH")) if "Agreed" in each.text)
        on.click(MEMBER, "action_done", message)
        assert "Only its owners" in on.said(MEMBER)
        on.click("U0H05", "action_done", message)
        on.work()
        assert "*You said, we did:* A weekly call about dates" in on.posts()[-1]
