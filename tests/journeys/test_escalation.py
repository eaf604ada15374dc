"""Escalations from the form to the resolution, by people of both workspaces: buttons, commands, and "More"."""

import pytest

from storage.engine import Database
from tests.journeys.open_pulse import open_pulse
from tests.journeys.test_set_up_to_close import seen
from tests.journeys.world import CHANNEL, MODES, Journey
from tests.slack_double import Message
from tests.slack_limits import breaches, text_covers_blocks

COUNCIL, BUILDER = "U0H01", "U0E01"


def raised_by(on: Journey, author: str, **written: str) -> None:
    """Somebody raises an escalation from the pulse's message."""
    on.click(author, "escalate", on.pulse())
    assert on.submit(author, {"what": "The hand-over was moved twice.", **written}) == {}
    assert on.submit(author) == {}
    on.work()


def newest(on: Journey, user: str) -> Message:
    """The newest direct message that somebody got."""
    return on.slack.dms(user)[-1]


def shown(on: Journey, user: str) -> str:
    """All that a person reads in the modal on top."""
    return seen(on.view(user))


@pytest.mark.parametrize("mode", MODES)
def test_an_escalation_is_told_to_both_owners_acknowledged_and_resolved_by_both(sqlite: Database, mode: str) -> None:
    with open_pulse(sqlite, mode) as on:
        raised_by(on, "U0E05", stake="The opening.")
        assert newest(on, COUNCIL).text == newest(on, BUILDER).text
        on.click(BUILDER, "escalation_acknowledge", newest(on, BUILDER))
        on.work()
        assert "has the escalation in Northfield Schools in hand" in newest(on, "U0E05").text
        on.click(COUNCIL, "escalation_resolve", newest(on, COUNCIL))
        assert on.submit(COUNCIL, {"text": "Dates move only in the joint meeting."}) == {}
        on.work()
        on.click(BUILDER, "escalation_confirm", newest(on, BUILDER))
        on.work()
        for user in (COUNCIL, BUILDER, "U0E05"):
            assert newest(on, user).text.startswith("*Resolved, and confirmed by all sides")


def test_the_preview_can_be_changed_and_what_was_typed_is_kept(sqlite: Database) -> None:
    with open_pulse(sqlite) as on:
        on.click("U0H05", "escalate", on.pulse())
        form = on.view("U0H05")
        on.submit("U0H05", {"what": "First words."})
        preview = on.view("U0H05")
        assert preview["close"]["text"] == "Change"
        on.slack.person("U0H05").closes(preview)
        assert on.view("U0H05")["id"] == form["id"]
        on.submit("U0H05", {"what": "Better words."})
        assert "Better words." in shown(on, "U0H05")
        assert on.slack.dms(COUNCIL) == []


def test_what_is_missing_is_said_beside_its_field(sqlite: Database) -> None:
    with open_pulse(sqlite) as on:
        on.click("U0E05", "escalate", on.pulse())
        assert on.submit("U0E05", {"what": "   "}) == {
            "what": "Please write what happens, as facts, in a sentence or two."
        }


def test_the_command_raises_one_and_lists_those_that_one_was_told_of(sqlite: Database) -> None:
    with open_pulse(sqlite) as on:
        on.send("slash_commands", on.slack.person("U0H05").commands("/escalate", "", channel=CHANNEL))
        assert on.submit("U0H05", {"what": "The rota moved.", "level": "programme", "lane": "legal"}) == {}
        assert on.submit("U0H05") == {}
        on.work()
        assert "fast lane: legal" in newest(on, "U0H02").text
        for user, sees in (("U0H05", True), ("U0H02", True), ("U0H01", False)):
            on.send("slash_commands", on.slack.person(user).commands("/escalate", "list", channel=CHANNEL))
            assert ("The rota moved." in shown(on, user)) is sees


def test_people_of_the_other_workspace_do_all_of_it_from_more(sqlite: Database) -> None:
    """The list, the record and every move, without a command and without the buttons of a direct message."""
    with open_pulse(sqlite) as on:
        on.click("U0E05", "more", on.pulse())
        assert on.submit("U0E05", {"choice": "concern"}) == {}
        assert on.submit("U0E05", {"what": "The rota moved."}) == {}
        assert on.submit("U0E05") == {}
        on.work()
        for choice, filled, told in (
            ("add_view", {"text": "It comes late to us, too."}, "added a view"),
            ("snooze", {"days": "2"}, "put the escalation in Northfield Schools off until"),
            ("acknowledge", None, "in hand"),
            ("raise", {"text": ""}, "raised the escalation in Northfield Schools to the delivery leads"),
            ("hand_over", {"to": "U0E02"}, "handed the escalation in Northfield Schools over to <@U0E02>"),
        ):
            on.click(BUILDER, "more", on.pulse())
            assert on.submit(BUILDER, {"choice": "escalations"}) == {}
            assert on.submit(BUILDER) == {}
            assert on.submit(BUILDER, {"choice": choice}) == {}
            assert filled is None or on.submit(BUILDER, filled) == {}
            on.work()
            assert told in newest(on, "U0E05").text
        on.click(BUILDER, "more", on.pulse())
        on.submit(BUILDER, {"choice": "escalations"})
        on.submit(BUILDER)
        record = shown(on, BUILDER)
        for line in ("raised it at the informal level", "added a view", "put it off", "acknowledged it", "handed it"):
            assert line in record
        assert newest(on, "U0E02").text.startswith("*An escalation in Northfield Schools")


def test_a_button_of_an_old_message_says_why_nothing_happens(sqlite: Database) -> None:
    with open_pulse(sqlite) as on:
        raised_by(on, "U0H05")
        on.click(BUILDER, "escalation_acknowledge", newest(on, BUILDER))
        on.click(COUNCIL, "escalation_acknowledge", newest(on, COUNCIL))
        assert "acknowledged already" in on.said(COUNCIL)
        on.click(COUNCIL, "escalation_raise", newest(on, COUNCIL))
        old_form = on.view(COUNCIL)
        on.click(BUILDER, "escalation_raise", newest(on, BUILDER))
        on.submit(BUILDER)
        on.click(COUNCIL, "escalation_raise", newest(on, COUNCIL))
        stale = {**on.view(COUNCIL), "private_metadata": old_form["private_metadata"]}
        forged = on.slack.person(COUNCIL).submits(on.view(COUNCIL))
        forged["view"]["private_metadata"] = stale["private_metadata"]
        on.slack.acknowledge(forged, on.send("interactive", forged))
        assert "changed since you opened this form" in shown(on, COUNCIL)


@pytest.mark.parametrize("hidden", ["", "[]", "{}", '{"escalation":"e-x","move":"lapse","number":"1"}'])
@pytest.mark.parametrize("callback", ["escalation_move_chosen", "escalation_move_written", "escalation_checked"])
def test_forged_forms_do_nothing_and_tell_nothing(sqlite: Database, hidden: str, callback: str) -> None:
    with open_pulse(sqlite) as on:
        raised_by(on, "U0H05")
        told = {user: len(on.slack.dms(user)) for user in on.slack.world.users}
        on.click("U0H07", "more", on.pulse())
        forged = on.slack.person("U0H07").submits(on.view("U0H07"))
        forged["view"] |= {"private_metadata": hidden, "callback_id": callback}
        on.slack.acknowledge(forged, on.send("interactive", forged))
        assert "hand-over" not in shown(on, "U0H07")
        on.work()
        assert told == {user: len(on.slack.dms(user)) for user in on.slack.world.users}


def test_unanswered_it_reaches_the_seniors_and_the_author_hears_of_every_step(sqlite: Database) -> None:
    with open_pulse(sqlite) as on:
        raised_by(on, "U0E05")
        for days, level in ((2, "delivery leads"), (4, "programme level"), (3, "sponsors")):
            on.pass_time(days=days)
            assert f"went to the {level}" in newest(on, "U0E05").text
        assert newest(on, "U0H02").text == newest(on, "U0E02").text
        assert on.slack.dms("U0H02")[0].text.startswith("*An escalation in Northfield Schools")
        for user in on.slack.world.users:
            for each in on.slack.dms(user):
                payload = {"text": each.text, "blocks": each.blocks}
                assert breaches(payload, kind="message") == []
                assert text_covers_blocks(payload) == []
        assert not [post for post in on.posts() if "hand-over" in post]
