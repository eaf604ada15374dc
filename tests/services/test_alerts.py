"""From answers to an alert: what is judged at a close, what is said of it, and when it is over."""

import datetime as dt
import json
import re
from dataclasses import replace
from typing import Any

import pytest

from bot.domain.alerts import NoticedKind
from bot.domain.errors import NotAllowed, NotHere
from bot.domain.outbox import MessageKind
from bot.domain.rounds import RoundKind
from bot.services import alerts, life
from bot.views.messages import draw
from storage.engine import Database
from tests.builders import CHANNEL, EXT, HOME, partnership, person, stage
from tests.services.falling_trust import (
    Score,
    Told,
    all_lose_trust,
    builder_falls_silent,
    council_loses_and_regains_trust,
    council_loses_trust,
    opinions_part,
    partnership_of,
    steady,
)

ALERTS = {kind for kind in MessageKind if kind.startswith("alert")}
MONTHS_LATER = 16  # rounds


def test_a_fall_of_trust_in_one_organisation_is_one_alert_that_names_it_until_it_has_recovered(
    sqlite: Database,
) -> None:
    with stage(sqlite) as on:
        told = partnership_of(on, council_loses_and_regains_trust)
        told.live(11)
        (noted,) = told.of(MessageKind.ALERT_NOTED)
        assert noted.body["organisation"] == "Northfield Council"
        assert noted.body["size"] == "lower"
        assert noted.body["people"] is None
        assert noted.body["unchanged"] == ["Brightbuild"]
        assert noted.body["since"] == "2026-07-07"  # the ninth round's day: where the fall began
        the_channel_hears_it_with_the_results_and_all_seniors_in_one_minute_after_the_teams_days(told)
        nothing_but_what_was_released_is_said(told)
        others_can_ask_what_is_open(told)
        told.live(MONTHS_LATER - 11)
        assert len(told.of(MessageKind.ALERT_NOTED)) == 1
        it_has_recovered(told)


def the_channel_hears_it_with_the_results_and_all_seniors_in_one_minute_after_the_teams_days(told: Told) -> None:
    (noted_at,) = told.times(MessageKind.ALERT_NOTED)
    assert noted_at in told.times(MessageKind.RESULTS)
    order = [each.kind for at, each in told.letters if at == noted_at]
    assert order.index(MessageKind.RESULTS) < order.index(MessageKind.ALERT_NOTED)
    messages = told.of(MessageKind.ALERT)
    assert {each.user_id for each in messages} == {person(2).user_id, person(2, EXT).user_id}
    assert len({json.dumps(dict(each.body)) for each in messages}) == 1
    assert set(told.times(MessageKind.ALERT)) == {noted_at + dt.timedelta(days=4)}  # Thursday to Monday
    assert {each.due_at for each in messages} == {noted_at + dt.timedelta(days=4)}


def nothing_but_what_was_released_is_said(told: Told) -> None:
    names = {member.name for member in told.roster().members}
    for each in told.letters:
        if each[1].kind in ALERTS:
            text = draw(each[1].kind, each[1].body)["text"]
            assert not any(name in text for name in names)
            assert re.search(r"\d\.\d|\d%", text) is None


def others_can_ask_what_is_open(told: Told) -> None:
    with told.on.ports.store.read() as tx:
        (open_alert,) = alerts.open_alerts(tx, told.partnership)
    assert (open_alert.dimension, open_alert.since) == ("trust", dt.date(2026, 7, 7))
    assert open_alert.scope == "in Northfield Council’s answers"
    assert open_alert.owner is None
    assert alerts.of_channel(told.on.ports, HOME, CHANNEL, person(2, EXT)) == (open_alert,)
    with pytest.raises(NotAllowed, match="senior managers"):
        alerts.of_channel(told.on.ports, HOME, CHANNEL, person(1))
    with pytest.raises(NotHere):
        alerts.of_channel(told.on.ports, HOME, CHANNEL, person(99))


def it_has_recovered(told: Told) -> None:
    said = told.of(MessageKind.ALERT_RECOVERED)
    assert {each.channel_id or each.user_id for each in said} == {CHANNEL, person(2).user_id, person(2, EXT).user_id}
    assert len({json.dumps(dict(each.body)) for each in said}) == 1
    assert set(told.times(MessageKind.ALERT_RECOVERED)) == {told.times(MessageKind.BLOCK_RESULTS)[-1]}
    with told.on.ports.store.read() as tx:
        assert alerts.open_alerts(tx, told.partnership) == ()


def test_a_quiet_partnership_of_the_same_length_hears_nothing(sqlite: Database) -> None:
    with stage(sqlite) as on:
        told = partnership_of(on, steady)
        told.live(MONTHS_LATER)
        assert not [each for _, each in told.letters if each.kind in ALERTS]
        assert noticed(told) == set()


def test_a_fall_of_everybody_is_one_alert_about_the_partnership(sqlite: Database) -> None:
    with stage(sqlite) as on:
        told = partnership_of(on, all_lose_trust)
        told.live(11)
        (noted,) = told.of(MessageKind.ALERT_NOTED)
    assert noted.body["organisation"] is None
    assert noted.body["people"] == "10+"
    assert noted.body["unchanged"] == []


def test_organisations_of_fewer_than_five_are_never_named(sqlite: Database) -> None:
    with stage(sqlite) as on:
        told = partnership_of(on, council_loses_trust, each=4)
        told.live(12)
        (noted,) = told.of(MessageKind.ALERT_NOTED)
    assert noted.body["organisation"] is None
    assert noted.body["unchanged"] == []
    assert noted.body["size"] == "lower"


def test_what_new_members_answer_in_their_first_block_is_no_past_to_compare_with(sqlite: Database) -> None:
    with stage(sqlite) as on:
        told = partnership_of(on, all_lose_trust, each=6)
        with on.ports.store.write() as tx:
            for member in told.roster().members:
                tx.people.put(told.partnership.id, replace(member, joined_block=2))
        told.live(11)
        assert told.of(MessageKind.ALERT_NOTED) == []


def test_nothing_is_judged_in_the_first_four_rounds(sqlite: Database) -> None:
    with stage(sqlite) as on:
        told = partnership_of(on, steady, each=3)
        told.live(4)
        assert remembered(told) == {}
        told.live(1)
        assert remembered(told)["last_week"] is not None


def test_an_extra_round_is_not_judged_by_itself_nor_a_round_that_the_end_cuts_short(sqlite: Database) -> None:
    with stage(sqlite) as on:
        told = partnership_of(on, steady, each=3)
        told.live(5)
        before = remembered(told)
        told.work()
        with on.ports.store.write() as tx:
            asked = tx.rounds.current(told.partnership.id)
            assert asked is not None
            extra = replace(asked, kind=RoundKind.EXTRA)
            alerts.judge_close(tx, on.ports, told.partnership, extra, on.clock.now())
        assert remembered(told) == before
        life.end(on.ports, HOME, CHANNEL, person(1))
        assert remembered(told) == before


@pytest.mark.parametrize(("score", "said"), [(council_loses_and_regains_trust, 3), (council_loses_trust, 0)])
def test_where_organisations_are_not_shown_apart_recovery_is_read_from_the_whole(
    sqlite: Database, score: Score, said: int
) -> None:
    with stage(sqlite) as on:
        told = partnership_of(on, score, each=6)
        told.live(MONTHS_LATER)
        assert told.of(MessageKind.ALERT)[0].body["organisation"] == "Northfield Council"
        assert len(told.of(MessageKind.ALERT_RECOVERED)) == said


def test_an_organisation_that_was_shown_joined_while_people_answered_is_not_named_later(sqlite: Database) -> None:
    apart = partnership().organisations
    joined = tuple(replace(each, group="Everybody") for each in apart)
    with stage(sqlite) as on:
        told = partnership_of(on, council_loses_trust, organisations=joined)
        told.live(8)
        with on.ports.store.write() as tx:
            tx.partnerships.save(replace(tx.partnerships.get(told.partnership.id), organisations=apart))
        told.live(4)
        (noted,) = told.of(MessageKind.ALERT_NOTED)
    assert (noted.body["organisation"], noted.body["unchanged"], noted.body["people"]) == (None, [], "10+")
    assert noted.body["size"] == "lower"  # of the whole; the council alone fell by more


def test_opinions_that_part_are_a_line_for_the_digest_and_alarm_nobody(sqlite: Database) -> None:
    with stage(sqlite) as on:
        told = partnership_of(on, opinions_part)
        told.live(12)
        assert noticed(told) == {(NoticedKind.SPLIT, "trust")}
        assert not [each for _, each in told.letters if each.kind in ALERTS]


def test_people_who_fall_silent_together_are_a_line_without_an_organisation(sqlite: Database) -> None:
    with stage(sqlite) as on:
        told = partnership_of(on, builder_falls_silent)
        told.live(15)
        assert noticed(told) == {(NoticedKind.SILENCE, None)}
        assert not [each for _, each in told.letters if each.kind in ALERTS]


def test_people_who_left_are_not_silent(sqlite: Database) -> None:
    with stage(sqlite) as on:
        told = partnership_of(on, builder_falls_silent)
        told.live(8)
        with on.ports.store.write() as tx:
            for number in range(1, 6):
                tx.people.remove(told.partnership.id, person(number, EXT))
        told.live(7)
        assert (NoticedKind.SILENCE, None) not in noticed(told)


def noticed(told: Told) -> set[tuple[NoticedKind, str | None]]:
    """The lines that are kept for the digest."""
    with told.on.ports.store.read() as tx:
        found = alerts.notices_since(tx, told.partnership, told.partnership.created_at)
        assert alerts.notices_since(tx, told.partnership, told.on.clock.now()) == ()
    assert len(found) == len({(each.kind, each.dimension) for each in found})
    return {(each.kind, each.dimension) for each in found}


def remembered(told: Told) -> dict[str, Any]:
    """What the detector remembers of a partnership."""
    with told.on.ports.store.read() as tx:
        return tx.alerts.detector_state(told.partnership.id)
