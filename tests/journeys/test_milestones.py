"""A milestone from the plan of a lead to thanks in its thread, by people of both workspaces, in both modes."""

import datetime as dt
from typing import Any

import pytest

from bot.domain.route_map import Level
from bot.services import milestones
from storage.engine import Database
from tests.builders import CHANNEL as NORTH
from tests.builders import EXT, HOME, add_partnership, person, stage
from tests.journeys.test_set_up_to_close import seen
from tests.journeys.world import CHANNEL, MODES, Journey, journey, people_of_northfield
from tests.services.setting_up import now_here
from tests.services.stories import open_round
from tests.services.test_celebrations import escalated
from tests.slack_double import Message
from tests.slack_limits import breaches, text_covers_blocks

LEAD, SENIOR, MEMBER = "U0H01", "U0H02", "U0H05"
OTHER_LEAD, OTHER_SENIOR, OTHER_MEMBER = "U0E01", "U0E02", "U0E05"
MAY_26 = "2026-05-26"  # a Tuesday, two weeks after the journey begins


@pytest.mark.parametrize("mode", MODES)
def test_a_milestone_is_planned_worded_celebrated_and_thanked_for(database: Database, mode: str) -> None:
    with stage(database) as on:
        add_partnership(on)
    with journey(database, mode) as on:
        people_of_northfield(on.slack)
        a_lead_plans_it(on)
        a_week_before_both_sides_are_asked(on)
        a_lead_and_a_senior_of_both_sides_write(on)
        celebration = the_day_comes(on)
        an_external_member_thanks_without_a_name(on, celebration)
        a_member_thanks_with_a_name(on, celebration)
        nothing_breaks_slacks_limits(on)


def a_lead_plans_it(on: Journey) -> None:
    """A member is told who can; a lead is told beside the fields what is missing, and keeps what was typed."""
    on.command(MEMBER, "milestone")
    assert f"<@{LEAD}>" in on.said(MEMBER)
    on.command(LEAD, "milestone")
    plan = {"title": "Phase 1 <!channel> handed over", "on": MAY_26, "kind": "phase_change"}
    assert set(on.submit(LEAD, plan)) == {"before", "after"}
    assert on.submit(LEAD, {**plan, "before": "Design", "after": "Construction"}) == {}
    assert "Tuesday 26 May, 10:00" in seen(on.view(LEAD))
    on.work()
    assert on.posts() == []


def a_week_before_both_sides_are_asked(on: Journey) -> None:
    """Leads and seniors of both organisations get the same message at the same minute, and nobody else does."""
    on.pass_time(days=6)
    assert on.slack.dms(LEAD) == []
    on.pass_time(days=1)
    asked = [on.slack.dms(user)[-1].text for user in (LEAD, SENIOR, OTHER_LEAD, OTHER_SENIOR)]
    assert len(set(asked)) == 1
    assert on.slack.dms(MEMBER) == on.slack.dms(OTHER_MEMBER) == []


def a_lead_and_a_senior_of_both_sides_write(on: Journey) -> None:
    """Each by the button in the direct message; a word can be read again, changed, and taken back."""
    for user, text in ((OTHER_SENIOR, "We did it @here together"), (SENIOR, "First"), (LEAD, "A lead's word")):
        on.click(user, "milestone_word", on.slack.dms(user)[-1])
        assert on.submit(user, {"text": text}) == {}
    on.click(SENIOR, "milestone_word", on.slack.dms(SENIOR)[-1])
    assert "First" in str(on.view(SENIOR))
    assert on.submit(SENIOR, {"text": "A senior's word"}) == {}
    on.click(LEAD, "milestone_word", on.slack.dms(LEAD)[-1])
    assert on.submit(LEAD, {"take_back": ["take_back"]}) == {}


def the_day_comes(on: Journey) -> Message:
    """One message names both organisations, with both words, and mentions nobody."""
    on.pass_time(days=7)
    on.pass_time(minutes=5)
    (celebration,) = [each for each in on.slack.messages(CHANNEL) if "Phase 1" in each.text]
    text = celebration.text
    assert text.startswith("*Today: Phase 1 &lt;!channel&gt; handed over.* From Design to Construction.")
    assert "Brightbuild and Northfield Council did this together." in text
    assert text.index("We did it @here together") < text.index("A senior's word")
    assert "A lead's word" not in text
    assert "<@" not in text
    assert "Emery Number2, Brightbuild" in text
    return celebration


def an_external_member_thanks_without_a_name(on: Journey, celebration: Message) -> None:
    """The form offers the other side alone; the thread shows the organisation, and mentions only who is thanked."""
    on.click(OTHER_MEMBER, "thank", celebration)
    form = on.view(OTHER_MEMBER)
    assert "it is not part of the confidential pulse" in seen(form)
    assert "Emery" not in str(form)
    filled = {"person": f"{HOME}|{MEMBER}", "text": "You told us early.\n<!here>", "behaviour": "told_early"}
    assert on.submit(OTHER_MEMBER, {**filled, "unsigned": ["hide_name"]}) == {}
    on.work()
    (reply,) = thread(on, celebration)
    assert reply.text.startswith(f"*Somebody at Brightbuild* thanks <@{MEMBER}>:")
    assert "&lt;!here&gt;" in reply.text
    assert OTHER_MEMBER not in str(reply.blocks)
    assert "Emery" not in str(reply.blocks)


def a_member_thanks_with_a_name(on: Journey, celebration: Message) -> None:
    """Empty thanks are refused beside the field; signed ones carry the name without a mention."""
    on.click(MEMBER, "thank", celebration)
    person = {"person": f"{EXT}|{OTHER_MEMBER}"}
    assert set(on.submit(MEMBER, {**person, "text": "   "})) == {"text"}
    assert on.submit(MEMBER, {**person, "text": "The rota works"}) == {}
    on.work()
    reply = thread(on, celebration)[-1]
    assert reply.text.startswith(f"*Harper Number5* (Northfield Council) thanks <@{OTHER_MEMBER}>:")
    assert f"<@{MEMBER}>" not in reply.text


@pytest.mark.parametrize("mode", MODES)
def test_an_external_lead_plans_changes_and_cancels_through_the_hub(sqlite: Database, mode: str) -> None:
    with stage(sqlite) as made:
        add_partnership(made)
        open_round(made, now_here(made)[0])
    with journey(sqlite, mode) as on:
        people_of_northfield(on.slack)
        on.work()
        hub(on, OTHER_LEAD, "milestones")
        assert on.submit(OTHER_LEAD, {"title": "Roof on", "on": MAY_26, "kind": "recovery"}) == {}
        hub(on, OTHER_LEAD, "milestones")
        listed = on.view(OTHER_LEAD)
        which = listed["blocks"][1]["element"]["options"][1]["value"]
        assert "Roof on" in str(listed)
        assert on.submit(OTHER_LEAD, {"which": which}) == {}
        assert on.submit(OTHER_LEAD, {"title": "Roof and walls on"}) == {}
        assert "Roof and walls on" in seen(on.view(OTHER_LEAD))
        hub(on, OTHER_LEAD, "milestones")
        assert on.submit(OTHER_LEAD, {"which": which}) == {}
        assert on.submit(OTHER_LEAD, {"stays": "cancel"}) == {}
        assert "will not be posted" in seen(on.view(OTHER_LEAD))
        assert on.submit(OTHER_LEAD) == {}
        on.pass_time(days=14)
        assert "Roof" not in "".join(on.posts())


def test_people_thank_from_the_hub_into_the_channel_and_from_the_results_into_their_thread(sqlite: Database) -> None:
    with stage(sqlite) as made:
        add_partnership(made)
        open_round(made, now_here(made)[0])
    with journey(sqlite, "http") as on:
        people_of_northfield(on.slack)
        on.work()
        filled = {"person": f"{HOME}|{MEMBER}", "text": "You helped"}
        hub(on, OTHER_MEMBER, "thank")
        assert on.submit(OTHER_MEMBER, filled) == {}
        on.work()
        assert (on.slack.messages(CHANNEL)[-1].thread_ts, "thanks" in on.posts()[-1]) == (None, True)
        on.pass_time(days=3)
        results = next(each for each in on.slack.messages(CHANNEL) if "*Pulse 1 is closed." in each.text)
        on.click(OTHER_MEMBER, "thank", results)
        assert on.submit(OTHER_MEMBER, filled) == {}
        on.work()
        assert [each.text.splitlines()[-1] for each in thread(on, results)] == ["> You helped"]


def test_leads_of_both_sides_decide_to_celebrate_while_an_escalation_is_open(sqlite: Database) -> None:
    with stage(sqlite) as made:
        add_partnership(made)
        entered = {"title": "Roof on", "on": MAY_26, "kind": "delivery"}
        milestones.keep(made.ports, HOME, NORTH, person(1), None, entered)
        made.clock.at += dt.timedelta(days=12)
        escalated(made, Level.PROGRAMME)
    with journey(sqlite, "socket") as on:
        people_of_northfield(on.slack)
        on.pass_time(days=14)
        held = {user: on.slack.dms(user)[-1] for user in (LEAD, OTHER_LEAD)}
        assert {each.text for each in held.values()} == {held[LEAD].text}
        assert "escalation is open" in held[LEAD].text
        on.click(OTHER_LEAD, "celebrate_anyway", held[OTHER_LEAD])
        assert "when a lead of Northfield Council says so" in on.said(OTHER_LEAD)
        assert "Roof" not in "".join(on.posts())
        on.click(LEAD, "celebrate_anyway", held[LEAD])
        on.work()
        assert "*Today: Roof on.*" in on.posts()[-1]


def hub(on: Journey, user: str, choice: str) -> None:
    """Somebody opens "More" under the newest message and chooses."""
    with_button = [each for each in on.slack.messages(CHANNEL) if "'more'" in str(each.blocks)]
    on.click(user, "more", with_button[-1])
    assert on.submit(user, {"choice": choice}) == {}


def thread(on: Journey, parent: Message) -> list[Message]:
    """The answers in a message's thread."""
    return [each for each in on.slack.messages(CHANNEL) if each.thread_ts == parent.ts]


def nothing_breaks_slacks_limits(on: Journey) -> None:
    """Every message keeps Slack's limits and has its whole content in the text."""
    sent: list[Message] = [*on.slack.messages(CHANNEL), *on.slack.dms(LEAD)]
    for each in sent:
        payload: dict[str, Any] = {"text": each.text, "blocks": each.blocks}
        assert breaches(payload, kind="message") == []
        assert text_covers_blocks(payload) == []
