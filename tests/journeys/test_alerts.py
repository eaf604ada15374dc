"""A fall of trust on one side: the channel hears of it, then the seniors of both; one takes it. In both modes."""

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from bot.domain.rounds import Click
from storage.engine import Database
from tests.journeys.open_pulse import newest_round, open_pulse, person_of
from tests.journeys.test_set_up_to_close import seen
from tests.journeys.world import MODES, Journey
from tests.services.falling_trust import council_loses_trust, usual_score
from tests.slack_double import Message
from tests.slack_limits import breaches, text_covers_blocks

COUNCIL, BUILDER = "U0H02", "U0E02"  # the seniors
LEAD = "U0E01"
HEADLINE = "Understanding and trust: lower in Northfield Council’s answers."


@pytest.mark.parametrize("mode", MODES)
def test_a_fall_of_trust_reaches_the_channel_then_both_seniors_and_one_takes_it(sqlite: Database, mode: str) -> None:
    with open_pulse(sqlite, mode) as on:
        for _ in range(9):
            everybody_answers(on)
            on.pass_time(days=2)
            on.pass_time(days=5)
        everybody_answers(on)
        on.pass_time(days=2)
        the_channel_is_first(on)
        on.pass_time(days=4)
        both_seniors_get_the_same(on)
        the_external_senior_takes_it(on)
        the_other_is_told_who_has_it(on)
        somebody_else_is_told_who_can(on)
        everybody_may_ask_what_it_means(on)
        it_can_be_escalated(on)
        the_hub_shows_it_to_seniors(on)
        nothing_breaks_slacks_limits(on)


def everybody_answers(on: Journey) -> None:
    """Ten people of each side answer; the council's trust falls from the ninth round on."""
    asked = newest_round(on)
    clicks = [
        Click(
            round_id=asked.id,
            item_id=item,
            score=usual_score(council_loses_trust, asked.number, person_of(on, user), dimension),
            person=person_of(on, user),
            channel_id=asked.channel_id,
            at=on.clock.now(),
        )
        for user in [f"U0{side}{number:02}" for side in "HE" for number in range(1, 11)]
        for item in asked.items
        for dimension in (on.product.ports.bank.item(item).dimension,)
    ]
    with ThreadPoolExecutor(max_workers=32) as people:
        list(people.map(on.product.writer.store, clicks))


def the_channel_is_first(on: Journey) -> None:
    """A neutral sentence with the results, while no senior has heard."""
    assert "Pulse 10 is closed." in on.posts()[-2]
    assert HEADLINE in on.posts()[-1]
    assert not [each for user in (COUNCIL, BUILDER) for each in on.slack.dms(user) if HEADLINE in each.text]


def both_seniors_get_the_same(on: Journey) -> None:
    """One and the same message, and nobody else gets it."""
    alerts = {user: [each for each in on.slack.dms(user) if HEADLINE in each.text] for user in on.slack.world.users}
    ((council,), (builder,)) = alerts[COUNCIL], alerts[BUILDER]
    assert (council.text, sent_blocks(council)) == (builder.text, sent_blocks(builder))
    assert "Brightbuild: no clear change." in council.text
    assert {user for user, found in alerts.items() if found} == {COUNCIL, BUILDER}


def the_external_senior_takes_it(on: Journey) -> None:
    """Everybody who has it is told once, however often the click is delivered."""
    click = on.slack.person(BUILDER).clicks("alert_take", on=alert_of(on, BUILDER))
    on.send("interactive", click)
    on.send("interactive", click)
    on.work()
    assert "It is yours." in on.said(BUILDER)
    for user in (COUNCIL, BUILDER):
        taken = [each.text for each in on.slack.dms(user) if "looks after this" in each.text]
        assert len(taken) == 1
        assert f"<@{BUILDER}> (Brightbuild)" in taken[0]


def the_other_is_told_who_has_it(on: Journey) -> None:
    """A second taker."""
    on.click(COUNCIL, "alert_take", alert_of(on, COUNCIL))
    assert f"<@{BUILDER}> has taken this already" in on.said(COUNCIL)


def somebody_else_is_told_who_can(on: Journey) -> None:
    """A lead with a forged button."""
    noted = next(each for each in reversed(on.slack.messages("C0NORTH")) if HEADLINE in each.text)
    forged = on.slack.person(LEAD).clicks("alert_meaning", on=noted)
    forged["actions"][0]["action_id"] = "alert_take"
    on.send("interactive", forged)
    assert f"Please ask <@{BUILDER}> or <@{COUNCIL}>" in on.said(LEAD)


def everybody_may_ask_what_it_means(on: Journey) -> None:
    """From the channel, as an external member too."""
    noted = next(each for each in reversed(on.slack.messages("C0NORTH")) if HEADLINE in each.text)
    on.click("U0E07", "alert_meaning", noted)
    assert "one false alert in two years" in seen(on.view("U0E07"))


def it_can_be_escalated(on: Journey) -> None:
    """The form begins with what the alert says."""
    on.click(BUILDER, "alert_escalate", alert_of(on, BUILDER))
    assert "lower in Northfield Council’s answers since" in str(on.view(BUILDER))


def the_hub_shows_it_to_seniors(on: Journey) -> None:
    """Without a button at hand; nobody else is offered it."""
    on.click(COUNCIL, "more", on.slack.messages("C0NORTH")[-1])
    on.submit(COUNCIL, {"choice": "alerts"})
    assert f"<@{BUILDER}> looks after it." in seen(on.view(COUNCIL))
    on.click("U0H05", "more", on.slack.messages("C0NORTH")[-1])
    assert "Open alerts" not in str(on.view("U0H05"))


def nothing_breaks_slacks_limits(on: Journey) -> None:
    """All that was posted."""
    for each in [*on.slack.messages("C0NORTH"), *on.slack.dms(COUNCIL), *on.slack.dms(BUILDER)]:
        payload = {"text": each.text, "blocks": each.blocks}
        assert breaches(payload, kind="message") == []
        assert text_covers_blocks(payload) == []


def sent_blocks(posted: Message) -> list[dict[str, Any]]:
    """What was posted, without the names that Slack gives to blocks."""
    return [{key: value for key, value in block.items() if key != "block_id"} for block in posted.blocks]


def alert_of(on: Journey, user: str) -> Message:
    """The alert as a senior has it."""
    return next(each for each in on.slack.dms(user) if HEADLINE in each.text)
