"""Every odd click has its defined answer, and the person who clicked is told."""

import re
import time
import urllib.error
import urllib.request
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from typing import Any

import pytest

from storage.engine import Database
from tests.builders import partnership
from tests.journeys.database_away import Away, hangs, is_unreachable
from tests.journeys.open_pulse import click, kept, newest_round, open_pulse, people_who_answered, renewed
from tests.journeys.world import CHANNEL, MODES, SIGNING_SECRET, Journey
from tests.slack_double import form_body, sign

Json = dict[str, Any]
NOBODY_HERE = (
    "Your answer was not saved: only people in the partnership's channel can answer. If you have just joined, please "
    "try again in a minute."
)
CLOSED = "Your answer was not saved: this pulse is closed. The next one comes to this channel."
FORGED = (
    "r-aaaaaaaaaaaaaaaaaaaa|ITEM|4",
    "|ITEM|4",
    "' OR 1=1 --|ITEM|4",
    f"{'r' * 1900}|ITEM|4",
    "ROUND|TRU99|4",
    "ROUND||4",
    "ROUND|ITEM|6",
    "ROUND|ITEM|99",
    "ROUND|ITEM|-1",
    "ROUND|ITEM|4.5",
    "ROUND|ITEM|²",
    "ROUND|ITEM|٤",
    "ROUND|ITEM|withdraw",
    "ROUND|ITEM|",
    "ROUND|ITEM|4|4",
    "ROUND|ITEM",
    "",
)


@pytest.mark.parametrize("mode", MODES)
def test_a_double_click_is_one_answer_and_both_clicks_are_told(sqlite: Database, mode: str) -> None:
    with open_pulse(sqlite, mode) as on:
        on.answer("U0H03", 4)
        on.answer("U0H03", 4)
        assert [each.text[:16] for each in on.slack.ephemerals("U0H03")] == ["Saved: 4, agree."] * 2
        assert kept(on, "U0H03") == [4, "-", "-"]
        assert people_who_answered(on) == 1


def test_clicks_at_the_same_moment_are_one_answer(database: Database) -> None:
    with open_pulse(database) as on:
        clicks = [click(on, "U0E03", f"answer_1_{score}") for score in (1, 2, 3, 4, 5) for _ in range(3)]
        with ThreadPoolExecutor(max_workers=15) as fingers:
            list(fingers.map(lambda each: on.send("interactive", each), clicks))
        assert people_who_answered(on) == 1
        assert kept(on, "U0E03")[0] in {1, 2, 3, 4, 5}
        assert len(on.slack.ephemerals("U0E03")) == len(clicks)


@pytest.mark.parametrize("somebody_closed_it", [False, True])
def test_a_click_after_the_close_is_told_so(sqlite: Database, somebody_closed_it: bool) -> None:
    with open_pulse(sqlite) as on:
        late = click(on, "U0E03", "answer_1_4")
        withdrawal = answered(on, "U0H03")
        let_time_pass = on.pass_time if somebody_closed_it else on.clock.move
        let_time_pass(days=2)
        on.send("interactive", renewed(on, late))
        on.send("interactive", renewed(on, withdrawal))
        assert on.said("U0E03") == CLOSED
        assert on.said("U0H03").startswith("Your answer stays as it is: this pulse is closed")
        assert kept(on, "U0E03") == ["-", "-", "-"]
        assert kept(on, "U0H03") == [4, "-", "-"]


def test_a_click_on_last_weeks_message_does_not_answer_this_weeks_pulse(sqlite: Database) -> None:
    with open_pulse(sqlite) as on:
        old = click(on, "U0E03", "answer_1_4")
        on.pass_time(days=2)
        on.pass_time(days=5)
        assert newest_round(on).number == 2
        on.send("interactive", renewed(on, old))
        assert on.said("U0E03") == CLOSED
        assert people_who_answered(on) == 0


def test_a_click_by_somebody_who_left_is_told_so(database: Database) -> None:
    with open_pulse(database) as on:
        on.answer("U0E03", 4)
        late = click(on, "U0E03", "answer_1_1")
        on.slack.world.channels[CHANNEL].members.remove("U0E03")
        on.send("events_api", on.slack.events.member_left_channel(CHANNEL, "U0E03"))
        on.send("interactive", late)
        assert on.said("U0E03") == NOBODY_HERE
        assert people_who_answered(on) == 1


def test_a_click_from_another_channel_is_told_so(sqlite: Database) -> None:
    with open_pulse(sqlite) as on:
        on.slack.world.add_channel("C0OTHER", members=["U0H03"])
        moved = click(on, "U0H03", "answer_1_4")
        moved["channel"]["id"] = moved["container"]["channel_id"] = "C0OTHER"
        on.send("interactive", moved)
        assert on.said("U0H03") == NOBODY_HERE
        assert kept(on, "U0H03") == ["-", "-", "-"]


def test_a_forged_button_is_refused_and_told(database: Database) -> None:
    with open_pulse(database, "socket") as on:
        asked = newest_round(on)
        for value in FORGED:
            forged = click(on, "U0E03", "answer_1_4", value.replace("ROUND", asked.id).replace("ITEM", asked.items[0]))
            on.send("interactive", forged)
            assert on.said("U0E03").startswith("Your answer was not saved: "), value
            assert "database" not in on.said("U0E03"), value
        assert len(on.slack.ephemerals("U0E03")) == len(FORGED)
        assert people_who_answered(on) == 0


@pytest.mark.parametrize("value", ["ROUND\0|ITEM|4", "ROUND|ITEM\0|4", "ROUND\ud800|ITEM|4"])
def test_a_button_that_says_what_no_database_can_keep_is_refused_at_the_door(database: Database, value: str) -> None:
    with open_pulse(database) as on:
        body = form_body(click(on, "U0H03", "answer_1_4", value))
        with pytest.raises(urllib.error.HTTPError) as refused:
            post(on, body, sign(body, SIGNING_SECRET, time.time()))
        with refused.value as answer:
            assert (answer.code, answer.read()) == (400, b"cannot be read")
        assert people_who_answered(on) == 0


@pytest.mark.parametrize(
    ("secret", "age", "swapped"),
    [(SIGNING_SECRET, 301, ""), (SIGNING_SECRET, -301, ""), ("another secret", 0, ""), (SIGNING_SECRET, 0, "U0H04")],
    ids=["replayed after five minutes", "from the future", "wrong signature", "changed on its way"],
)
def test_a_request_that_slack_did_not_sign_just_now_changes_nothing(
    sqlite: Database, secret: str, age: int, swapped: str
) -> None:
    with open_pulse(sqlite) as on:
        body = form_body(click(on, "U0H03", "answer_1_4"))
        headers = sign(body, secret, time.time() - age)
        with pytest.raises(urllib.error.HTTPError) as refused:
            post(on, body.replace("U0H03", swapped or "U0H03"), headers)
        with refused.value as answer:
            assert answer.code == 401
        on.settle()
        assert people_who_answered(on) == 0
        assert on.slack.ephemerals("U0H03") == []


def test_a_request_repeated_within_five_minutes_changes_nothing_more(sqlite: Database) -> None:
    with open_pulse(sqlite) as on:
        body = form_body(click(on, "U0H03", "answer_1_4"))
        headers = sign(body, SIGNING_SECRET, time.time() - 200)
        assert [post(on, body, headers) for _ in range(3)] == [200] * 3
        on.settle()
        assert kept(on, "U0H03") == [4, "-", "-"]


def test_an_answer_that_was_withdrawn_can_be_given_again(database: Database) -> None:
    with open_pulse(database) as on:
        withdrawal = answered(on, "U0E03")
        once_more = answered(on, "U0E03")
        on.send("interactive", withdrawal)
        assert kept(on, "U0E03") == ["-", "-", "-"]
        assert people_who_answered(on) == 0
        on.send("interactive", once_more)
        assert [each.text[:9] for each in on.slack.ephemerals("U0E03")] == ["Withdrawn"] * 2
        on.answer("U0E03", 2)
        assert on.said("U0E03").startswith("Saved: 2, disagree.")
        assert kept(on, "U0E03") == [2, "-", "-"]


@pytest.mark.parametrize("away", [is_unreachable, hangs])
def test_while_the_database_is_away_the_person_is_told_and_afterwards_the_click_is_stored(
    database: Database, away: Away
) -> None:
    with open_pulse(database) as on:
        on.answer("U0E03", 4)
        late = click(on, "U0E03", "answer_1_1")
        with away(database):
            began = time.monotonic()
            on.send("interactive", late)
            took = time.monotonic() - began
        assert took < 3
        assert re.fullmatch(r"Your answer was not saved: .* \(ref [0-9A-F]{4}\)", on.said("U0E03"))
        assert kept(on, "U0E03") == [4, "-", "-"]
        on.answer("U0E03", 2)
        assert on.said("U0E03").startswith("Saved: 2, disagree.")
        assert kept(on, "U0E03") == [2, "-", "-"]


@pytest.mark.parametrize("author", ["U0H05", "U0E05"])
def test_a_concern_reaches_the_leads_of_all_sides_at_the_same_time_in_the_same_words(
    database: Database, author: str
) -> None:
    with open_pulse(database) as on:
        on.click(author, "escalate", on.pulse())
        assert on.submit(author, {"what": "The hand-over was moved <twice>.", "stake": "The opening."}) == {}
        assert on.slack.dms("U0H01") + on.slack.dms("U0E01") == []
        assert on.submit(author) == {}
        on.work()
        (council,), (builder,) = on.slack.dms("U0H01"), on.slack.dms("U0E01")
        assert council.text == builder.text
        assert "The hand-over was moved &lt;twice&gt;." in council.text
        assert f"<@{author}>" in council.text
        assert abs(float(council.ts) - float(builder.ts)) < 1
        told = {user for user in on.slack.world.users if on.slack.dms(user)}
        assert told == {"U0H01", "U0E01", author}
        assert not [post for post in on.posts() if "hand-over" in post]


@pytest.mark.parametrize("author", ["U0H05", "U0E05"])
def test_a_concern_waits_until_all_organisations_have_confirmed_their_leads(sqlite: Database, author: str) -> None:
    council, builder = partnership().organisations
    with open_pulse(sqlite, organisations=(council, replace(builder, confirmed=False))) as on:
        on.click(author, "escalate", on.pulse())
        on.work()
        assert on.said(author).startswith("Brightbuild has no confirmed lead yet")
        assert on.slack.views_of(author) == []
        assert [user for user in on.slack.world.users if on.slack.dms(user)] == []


def answered(on: Journey, user: str) -> Json:
    """Somebody answers 4 to the first question; the click that would withdraw it."""
    on.answer(user, 4)
    return on.slack.person(user).clicks("withdraw", on=on.slack.ephemerals(user)[-1])


def post(on: Journey, body: str, headers: dict[str, str]) -> int:
    """Send a request that is signed already; the status of the answer."""
    url = f"http://127.0.0.1:{on.port}/slack/events"
    with urllib.request.urlopen(urllib.request.Request(url, body.encode(), headers), timeout=5) as answer:
        status: int = answer.status
    return status
