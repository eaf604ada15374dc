"""Whoever is not part of a partnership learns nothing of it, whatever they forge: not even that it exists."""

import logging
from typing import Any

import pytest

from bot.domain.ids import ChannelId, OrganisationId, PartnershipId
from bot.domain.people import Member, Organisation
from bot.views.ids import Action, Callback, answer_value, pack
from storage.engine import Database
from tests.builders import partnership
from tests.journeys.open_pulse import (
    begin,
    click,
    newest_round,
    open_pulse,
    people_who_answered,
    person_of,
    renewed,
)
from tests.journeys.world import CHANNEL, Journey

Json = dict[str, Any]
ACTIONS = frozenset(Action) - {Action.TEST_ANSWER}  # that one begins the names of several buttons


@pytest.mark.parametrize("stranger", ["U0S01", "U0T01"], ids=["of another partnership", "of another workspace"])
def test_a_stranger_learns_nothing(sqlite: Database, stranger: str, caplog: pytest.LogCaptureFixture) -> None:
    with open_pulse(sqlite) as on:
        another_partnership(on)
        on.answer("U0H03", 4)
        asked = newest_round(on)
        for channel in (CHANNEL, "C0SOUTH"):
            forged = click(on, stranger, "answer_1_4", answer_value(asked.id, asked.items[0], 4), place="C0SOUTH")
            on.send("interactive", in_channel(forged, channel))
            assert on.said(stranger).startswith("Your answer was not saved: only people in the")
        for action in (*ACTIONS, "answer_1_4", "test_answer_1_4"):
            forged = click(on, stranger, "more", f"{asked.id}|{asked.items[0]}|4", place="C0SOUTH")
            forged["actions"][0]["action_id"] = action
            there, nowhere = (seen_after(on, stranger, in_channel(forged, each)) for each in (CHANNEL, "C0NOWHERE"))
            assert there == nowhere, action
        for callback in Callback:
            form, no_form = (submitted(on, stranger, callback, each) for each in (CHANNEL, "C0NOWHERE"))
            assert form == no_form, callback
        assert "Northfield Schools" not in str(on.slack.ephemerals(stranger)) + str(on.slack.views_of(stranger))
        assert on.slack.dms(stranger) == []
        ours = (each for each in caplog.records if not each.name.startswith(("slack_sdk", "asyncio")))
        assert [each for each in ours if each.levelno >= logging.ERROR] == []
        assert people_who_answered(on) == 1


def another_partnership(on: Journey) -> None:
    """Southgate Homes in its own channel, with a person of the host's workspace and one of a third workspace."""
    world, ports = on.slack.world, on.product.ports
    world.add_workspace("T0THIRD", name="Southgate")
    world.add_user("U0S01")
    world.add_user("U0T01", team_id="T0THIRD")
    world.add_channel("C0SOUTH", name="southgate-homes", members=["U0S01", "U0T01"])
    homes, gate = (Organisation(id=OrganisationId(each), name=each, confirmed=True) for each in ("Homes", "Gate"))
    south = partnership(
        id=PartnershipId("p-south"), name="Southgate", channel_id=ChannelId("C0SOUTH"), organisations=(homes, gate)
    )
    with ports.store.write() as tx:
        tx.partnerships.add(south, ports.vault.new_key())
        tx.people.put(south.id, Member(person=person_of(on, "U0S01"), organisation_id=homes.id))
        tx.people.put(south.id, Member(person=person_of(on, "U0T01"), organisation_id=gate.id))
    begin(on, south)


def in_channel(made: Json, channel: str) -> Json:
    """The same click as if it came from another channel."""
    return made | {"channel": {"id": channel}, "container": made["container"] | {"channel_id": channel}}


def seen_after(on: Journey, user: str, made: Json) -> list[object]:
    """What a person is shown upon a click: private messages and the words of modals."""
    before = len(on.slack.ephemerals(user))
    on.slack.world.stacks.pop(user, None)
    trigger = on.slack.world.issue_trigger(user)
    on.send("interactive", renewed(on, made) | {"trigger_id": trigger})
    messages = [each.text for each in on.slack.ephemerals(user)[before:]]
    blocks = [block for view in on.slack.views_of(user) for block in view["blocks"]]
    return messages + [{key: said for key, said in block.items() if key != "block_id"} for block in blocks]


def submitted(on: Journey, user: str, callback: str, channel: str) -> Json:
    """The bot's answer to a form of this kind whose hidden fields name the channel."""
    asked = newest_round(on)
    seen_after(on, user, click(on, user, "more", place="C0SOUTH"))
    form = on.slack.person(user).submits(on.view(user), {"choice": "results"})
    hidden = pack(
        channel=channel, round=asked.id, text="x", draft="d-1", organisation="org-council", partnership="p-north"
    )
    form["view"] |= {"callback_id": callback, "private_metadata": hidden}
    return on.send("interactive", form)
