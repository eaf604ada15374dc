"""From the invitation to the first results, in both modes and on both databases, with people of both workspaces."""

from typing import Any

import pytest

from storage.engine import Database
from tests.builders import Unblurred
from tests.journeys.world import CHANNEL, MODES, Journey, journey, people_of_northfield
from tests.slack_double import World
from tests.slack_limits import breaches, text_covers_blocks

ADMINISTRATOR = "U0H03"


@pytest.mark.parametrize("mode", MODES)
def test_from_the_invitation_to_the_first_results(database: Database, mode: str) -> None:
    with journey(database, mode, Unblurred()) as on:
        people_of_northfield(on.slack)
        invite(on)
        set_up(on)
        confirm_for_brightbuild(on)
        the_first_pulse_comes(on)
        people_answer(on)
        somebody_changes_and_somebody_withdraws(on)
        somebody_comments(on)
        somebody_looks_at_the_own_answers(on)
        the_reminder_comes_once(on)
        the_results_come(on)
        an_old_message_no_longer_takes_answers(on)
        nothing_breaks_slacks_limits(on)


def invite(on: Journey) -> None:
    """Somebody of the host invites the bot, which says hello."""
    on.send("events_api", on.slack.events.member_joined_channel(CHANNEL, World.BOT, inviter=ADMINISTRATOR))
    on.work()
    assert "three short questions a week" in on.posts()[-1]


def set_up(on: Journey) -> None:
    """The form is prefilled from teams and e-mail domains; its four steps lead to a start."""
    on.click(ADMINISTRATOR, "set_up", on.slack.messages(CHANNEL)[-1])
    names = {"organisations[0].name": "Northfield Council", "organisations[1].name": "Brightbuild"}
    assert on.submit(ADMINISTRATOR, {"name": "Northfield Schools", **names}) == {}
    assert on.submit(ADMINISTRATOR, {"regions": "GB-ENG"}) == {}
    people = {"organisations[0].leads": ["U0H01"], "organisations[1].leads": ["U0E01"]}
    assert on.submit(ADMINISTRATOR, people) == {}
    assert "everybody in the channel is told this" in seen(on.view(ADMINISTRATOR))
    assert on.submit(ADMINISTRATOR) == {}
    on.work()
    assert any("Northfield Schools is set up" in post for post in on.posts())


def confirm_for_brightbuild(on: Journey) -> None:
    """The builder's own people confirm their lead; the council's cannot do it for them."""
    asked = next(each for each in on.slack.messages(CHANNEL) if "Brightbuild: please say" in each.text)
    on.click("U0H01", "confirm_roles", asked)
    assert "Brightbuild" in on.said("U0H01")
    on.click("U0E05", "confirm_roles", asked)
    assert on.submit("U0E05") == {}
    on.work()
    assert "Brightbuild" in on.posts()[-1]


def the_first_pulse_comes(on: Journey) -> None:
    """A week on Tuesday at ten, three questions with six buttons each."""
    on.pass_time(days=7)
    assert "Pulse 1 · Northfield Schools" in on.pulse().text


def people_answer(on: Journey) -> None:
    """Ten people of both workspaces; each gets a private receipt and nobody else sees it."""
    for number in range(1, 6):
        on.answer(f"U0H{number:02}", 4, 4, 4)
        on.answer(f"U0E{number:02}", 4, 2, 0)
    assert "Saved: can't say." in on.said("U0E05")
    assert len(on.slack.ephemerals("U0E05")) == 3
    assert on.slack.dms("U0E05") == []


def somebody_changes_and_somebody_withdraws(on: Journey) -> None:
    """Another number changes an answer; the receipt's button takes one back."""
    on.answer("U0E01", 5)
    assert "Saved: 5, strongly agree." in on.said("U0E01")
    on.answer("U0E06", 1)
    on.click("U0E06", "withdraw", on.slack.ephemerals("U0E06")[-1])
    assert on.said("U0E06").startswith("Withdrawn")


def somebody_comments(on: Journey) -> None:
    """A comment comes back without names, and is not quotable unless its author ticks that."""
    on.click("U0E02", "comment", on.pulse())
    assert on.submit("U0E02", {"text": "Thank you Harper Number4, call me on 020 7946 0000"}) == {}
    kept = seen(on.view("U0E02"))
    assert "Harper" not in kept
    assert "7946" not in kept
    assert on.submit("U0E02") == {}
    assert on.slack.views_of("U0E02") == []


def somebody_looks_at_the_own_answers(on: Journey) -> None:
    """The hub shows the own answers to their author, in a modal."""
    on.click("U0E02", "more", on.pulse())
    on.submit("U0E02", {"choice": "own_answers"})
    own = seen(on.view("U0E02"))
    assert "4, agree" in own
    assert "can't say" in own


def the_reminder_comes_once(on: Journey) -> None:
    """A working day before the close, to everybody."""
    on.pass_time(days=1)
    on.pass_time(minutes=5)
    assert sum("It takes twenty seconds" in post for post in on.posts()) == 1


def the_results_come(on: Journey) -> None:
    """The buttons go, and what may be shown is posted once."""
    on.pass_time(days=1)
    on.pass_time(minutes=5)
    results = [post for post in on.posts() if "is closed." in post and "people answered" in post]
    assert len(results) == 1
    assert "10 to 14 people answered" in results[0]
    assert "Understanding and trust: *4.0*" in results[0]
    closed = next(each for each in on.slack.messages(CHANNEL) if "Pulse 1 · Northfield Schools* · closed" in each.text)
    assert not [block for block in closed.blocks if "answer_1_4" in str(block)]


def an_old_message_no_longer_takes_answers(on: Journey) -> None:
    """Somebody whose screen was old clicks after the close and is told, privately."""
    with on.product.ports.store.read() as tx:
        (partnership,) = tx.partnerships.of_workspace(on.product.home_team_id)
        closed = tx.rounds.latest(partnership.id)
    assert closed is not None
    message = next(each for each in on.slack.messages(CHANNEL) if "· closed" in each.text)
    click: dict[str, Any] = on.slack.person("U0E07").clicks("more", on=message)
    click["actions"][0] |= {"action_id": "answer_1_3", "value": f"{closed.id}|{closed.items[0]}|3"}
    on.send("interactive", click)
    assert "this pulse is closed" in on.said("U0E07")


def nothing_breaks_slacks_limits(on: Journey) -> None:
    """Every message keeps Slack's limits and has its whole content in the text."""
    for each in on.slack.messages(CHANNEL):
        payload = {"text": each.text, "blocks": each.blocks}
        assert breaches(payload, kind="message") == []
        assert text_covers_blocks(payload) == []


def seen(view: dict[str, Any]) -> str:
    """All that a person reads in a modal."""
    words = []
    for block in view["blocks"]:
        if "text" in block:
            words.append(block["text"]["text"])
        words += [each["text"] for each in block.get("elements", ()) if isinstance(each.get("text"), str)]
    return "\n".join(words)
