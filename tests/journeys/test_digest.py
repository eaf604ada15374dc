"""The digest on its way through Slack: to people of both workspaces, with its picture or, if need be, without."""

import pytest

from bot.domain.anonymity import WITHHELD_TEXT
from storage.engine import Database
from tests.journeys.open_pulse import newest_round, open_pulse, stage_of
from tests.journeys.world import MODES, Journey
from tests.services.stories import everybody_answers
from tests.slack_double import Message
from tests.slack_limits import breaches, text_covers_blocks

READERS = ("U0H01", "U0H02", "U0E01", "U0E02")


def a_week_goes_by(on: Journey) -> None:
    """Everybody answers one question; the round closes, the team has its days, and the next opens with the digest."""
    everybody_answers(stage_of(on), newest_round(on))
    for _ in range(7):
        on.pass_time(days=1)


def digests(on: Journey, user: str) -> list[Message]:
    """The digests that a person has, oldest first."""
    return [each for each in on.slack.dms(user) if ", week " in each.text]


def pictures(shown: Message) -> list[str]:
    """What the pictures of a message are said to show."""
    return [block["alt_text"] for block in shown.blocks if block["type"] == "image"]


@pytest.mark.parametrize("mode", MODES)
def test_leads_and_seniors_of_both_sides_get_the_same_digest_and_nobody_else_any(sqlite: Database, mode: str) -> None:
    with open_pulse(sqlite, mode) as on:
        a_week_goes_by(on)
        a_week_goes_by(on)
        got = [digests(on, user) for user in READERS]
        assert [len(each) for each in got] == [2] * len(READERS)
        assert len({str([each.text for each in mine]) for mine in got}) == 1
        assert len({str([blocks_of(each) for each in mine]) for mine in got}) == 1
        assert digests(on, "U0H03") == digests(on, "U0E05") == []
        assert not any(", week " in post for post in on.posts())
        first, second = got[0]
        assert "Trust *4.0*" in first.text
        assert f"Communication: {WITHHELD_TEXT}" in first.text
        assert pictures(first) == []
        (words,) = pictures(second)
        assert words == "Trust: 4.0 from pulse 1 to pulse 2. Communication: not shown in pulses 1 and 2."
        assert words in second.text
        (file,) = on.slack.world.files.values()
        assert len(file.content or b"") < 200_000
        for each in (first, second):
            payload = {"text": each.text, "blocks": each.blocks}
            assert breaches(payload, kind="message") == []
            assert text_covers_blocks(payload) == []


def test_the_digest_leads_to_all_that_its_reader_may_do(sqlite: Database) -> None:
    with open_pulse(sqlite) as on:
        a_week_goes_by(on)
        for reader in ("U0H01", "U0E02"):
            on.click(reader, "hub", digests(on, reader)[-1])
            assert on.view(reader)["callback_id"] == "hub_chosen"
            assert on.submit(reader, {"choice": "results"}) == {}


def test_a_refused_picture_costs_nobody_the_digest(sqlite: Database) -> None:
    with open_pulse(sqlite) as on:
        a_week_goes_by(on)
        on.slack.faults.fail_next("files.getUploadURLExternal", "storage_limit_reached")
        a_week_goes_by(on)
        for user in READERS:
            without = digests(on, user)[-1]
            assert pictures(without) == []
            assert "Trust: 4.0 from pulse 1 to pulse 2." in without.text


def test_a_lost_reply_brings_nobody_the_digest_twice(sqlite: Database) -> None:
    with open_pulse(sqlite) as on:
        on.slack.clock.advance(on.clock.now() - on.slack.clock.now())  # lost messages are looked for by their time
        a_week_goes_by(on)
        everybody_answers(stage_of(on), newest_round(on))
        for _ in range(6):
            on.pass_time(days=1)
        on.slack.faults.lose_replies(next_calls=3, method="chat.postMessage")
        on.pass_time(days=1)
        for _ in range(5):
            on.pass_time(minutes=2)
        assert [len(digests(on, user)) for user in READERS] == [2] * len(READERS)
        assert len(on.slack.world.files) == 1


def blocks_of(shown: Message) -> list[dict[str, object]]:
    """The blocks without the ids that Slack gives them."""
    return [{name: part for name, part in block.items() if name != "block_id"} for block in shown.blocks]
