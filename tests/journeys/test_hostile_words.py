"""Whatever people type, it calls nobody and links nowhere: hostile words in every field, through the whole bot."""

import html
import re
from collections.abc import Iterator
from typing import Any

from storage.engine import Database
from tests.builders import EXT, Unblurred
from tests.journeys.test_set_up_to_close import invite
from tests.journeys.world import CHANNEL, Journey, journey
from tests.slack_double import Message, World

EVIL = "<!here><!channel|x><@U0EVIL><#C0EVIL><!subteam^S0><https://evil.example>&lt;!here&gt;"
EVIL += "\u202eZ\u0301\u0302"  # from here on written backwards, and with a heap of accents
SHORT = "&lt;!here&gt; <!here>"
CALLS = re.compile(r"<!(?!date\^)|<[@#][A-Z0-9]*EVIL|<[^>]*evil\.example")
"""What Slack would make a mention, a call or a link of; moments are ours: https://docs.slack.dev/messaging/formatting-message-text."""

SETTER, LEAD, SENIOR, MEMBER = "U0H03", "U0H01", "U0H02", "U0H05"
OTHER_LEAD, OTHER_SENIOR, OTHER_MEMBER = "U0E01", "U0E02", "U0E05"
FIELDS = ("title", "word", "other-word", "thanks", "action", "what", "stake", "tried", "view", "higher", "resolved")
TYPED = {field: f"{field}: {EVIL}" for field in (*FIELDS, "refused")}
TYPED |= {field: f"{field}: <!here><@U0EVIL>&lt;!here&gt;" for field in ("before", "after")}  # at most 60 characters
IN_NAMES = ("partnership", "council", "builder")
IN_COMMENTS = ("comment-5", "comment-6")


def test_hostile_words_in_every_field_call_nobody_and_link_nowhere(sqlite: Database) -> None:
    with journey(sqlite, "http", Unblurred()) as on:
        people_with_hostile_names(on)
        invite(on)
        screens = [*a_partnership_with_hostile_names(on)]
        screens += [*a_milestone(on)]
        on.pass_time(days=7)
        screens += [
            *a_concern_from_its_beginning_to_its_end(on),
            *an_agreed_action(on),
            *comments_that_may_be_quoted(on),
        ]
        screens += [*the_next_weeks(on), *thanks(on), *what_is_shown_of_all_that(on)]
        said = [text for each in (*screens, *messages(on)) for text in with_mrkdwn(each)]
        assert [text for text in said if CALLS.search(text)] == []
        everything = "\n".join(said)
        for field, typed in TYPED.items():
            assert html.escape(typed, quote=False) in everything, field
        for name in IN_NAMES:
            assert f"{name} &amp;lt;!here&amp;gt; @here" in everything, name
        for comment in IN_COMMENTS:
            assert f"{comment} is &lt;b&gt; &amp;amp; late" in everything, comment
        assert "Person5 " + html.escape(EVIL, quote=False) in everything


def people_with_hostile_names(on: Journey) -> None:
    """Ten a side, as world.people_of_northfield."""
    members = []
    for number in range(1, 11):
        home, ext = f"U0H{number:02}", f"U0E{number:02}"
        on.slack.world.add_user(home, real_name=f"Person{number} {EVIL}", email=f"h{number}@northfield.gov.uk")
        on.slack.world.add_user(ext, team_id=World.EXT, real_name=f"Person{number} {EVIL}", email=None)
        members += [home, ext]
    on.slack.world.add_channel(CHANNEL, name="<!here>", members=members, is_ext_shared=True)


def a_partnership_with_hostile_names(on: Journey) -> Iterator[Any]:
    """Names with < or > are refused beside the field; what looks like them written out is taken."""
    on.click(SETTER, "set_up", on.slack.messages(CHANNEL)[-1])
    names = {"name": "partnership", "organisations[0].name": "council", "organisations[1].name": "builder"}
    assert on.submit(SETTER, {field: f"{name} {SHORT}" for field, name in names.items()}).keys() == names.keys()
    taken = {field: f"{name} &lt;!here&gt; @here" for field, name in names.items()}
    yield from filled(on, SETTER, taken)
    yield from filled(on, SETTER, {})
    roles = {"organisations[0].leads": [LEAD], "organisations[1].leads": [OTHER_LEAD]}
    yield from filled(
        on, SETTER, roles | {"organisations[0].seniors": [SENIOR], "organisations[1].seniors": [OTHER_SENIOR]}
    )
    yield from filled(on, SETTER, {})
    on.work()
    on.click(OTHER_MEMBER, "confirm_roles", newest(on, "please say"))
    yield from filled(on, OTHER_MEMBER, {})
    on.work()


def a_milestone(on: Journey) -> Iterator[Any]:
    """Planned, worded by both sides, and celebrated later."""
    on.command(LEAD, "milestone")
    texts = {field: TYPED[field] for field in ("title", "before", "after")}
    yield from filled(on, LEAD, {**texts, "on": "2026-05-26", "kind": "phase_change"})
    on.pass_time(days=7)
    for user, field in ((SENIOR, "word"), (OTHER_SENIOR, "other-word")):
        on.click(user, "milestone_word", dm(on, user, "milestone_word"))
        yield from filled(on, user, {"text": TYPED[field]})


def a_concern_from_its_beginning_to_its_end(on: Journey) -> Iterator[Any]:
    """All its texts: three of its author, a view, a word to the next level, a solution and why it is none."""
    on.click(MEMBER, "escalate", on.pulse())
    yield from filled(on, MEMBER, {field: TYPED[field] for field in ("what", "stake", "tried")})
    yield from filled(on, MEMBER, {})
    on.work()
    for user, move, field in (
        (OTHER_LEAD, "add_view", "view"),
        (OTHER_LEAD, "raise", "higher"),
        (OTHER_LEAD, "resolve", "resolved"),
        (LEAD, "disagree", "refused"),
    ):
        on.click(user, f"escalation_{move}", dm(on, user, f"escalation_{move}"))
        yield from filled(on, user, {"text": TYPED[field]})
        on.work()


def an_agreed_action(on: Journey) -> Iterator[Any]:
    """With an owner on each side."""
    on.click(LEAD, "more", on.pulse())
    yield from filled(on, LEAD, {"choice": "action"})
    owners = [each["block_id"] for each in on.view(LEAD)["blocks"] if each.get("block_id", "").startswith("owner.")]
    people = dict(zip(owners, (OTHER_MEMBER, MEMBER), strict=True))
    yield from filled(on, LEAD, {"text": TYPED["action"], **people, "due_on": "2026-06-09"})
    on.work()


def comments_that_may_be_quoted(on: Journey) -> Iterator[Any]:
    """Everybody answers; two write, and let themselves be quoted."""
    for number in range(1, 9):
        for side in "HE":
            on.answer(f"U0{side}{number:02}", 4)
    for number in (5, 6):
        user = f"U0E{number:02}"
        on.click(user, "comment", on.pulse())
        yield from filled(on, user, {"text": f"comment-{number} is <b> &amp; late {EVIL}"})
        yield from filled(on, user, {"quotable": ["may_be_quoted"]})


def the_next_weeks(on: Journey) -> Iterator[Any]:
    """The block ends: results, quotes, digests; the milestone's day is among them."""
    for _ in range(4):
        on.pass_time(days=2)
        on.pass_time(days=5)
    yield {"text": "\n".join(on.posts())}


def thanks(on: Journey) -> Iterator[Any]:
    """From the hub, with the name of who thanks."""
    on.click(MEMBER, "more", on.pulse())
    yield from filled(on, MEMBER, {"choice": "thank"})
    yield from filled(on, MEMBER, {"person": f"{EXT}|{OTHER_MEMBER}", "text": TYPED["thanks"]})
    on.work()


def what_is_shown_of_all_that(on: Journey) -> Iterator[Any]:
    """The page, the lists, the record, one's own data, and the questions before something ends."""
    for user in (LEAD, MEMBER, SETTER):
        on.send("events_api", on.slack.events.app_home_opened(user))
        yield on.slack.home_of(user)
    for user, text in (
        *((LEAD, each) for each in ("help", "milestone", "results", "answers", "my-data", "forget-me", "setup")),
        *((SETTER, each) for each in ("setup", "pause", "end", EVIL)),
        *((MEMBER, each) for each in ("milestone", "now", "my-data")),
    ):
        on.command(user, text)
        yield from on.slack.views_of(user)
    for user in (LEAD, OTHER_LEAD):
        on.click(user, "more", on.pulse())
        yield from filled(on, user, {"choice": "escalations"})
        yield from filled(on, user, {})


def filled(on: Journey, user: str, entered: dict[str, Any]) -> Iterator[Any]:
    """Fill in the form on top, submit it, and look at what stands there before and after."""
    yield from on.slack.views_of(user)
    assert on.submit(user, entered) == {}
    yield from on.slack.views_of(user)


def newest(on: Journey, part: str) -> Message:
    """The newest post of the channel that says or does this."""
    return next(each for each in reversed(on.slack.messages(CHANNEL)) if part in each.text + str(each.blocks))


def dm(on: Journey, user: str, action: str) -> Message:
    """The newest direct message with this button."""
    return next(each for each in reversed(on.slack.dms(user)) if f"'{action}'" in str(each.blocks))


def messages(on: Journey) -> Iterator[Any]:
    """Every message there is, private ones too."""
    with on.slack.world.lock:
        for channel in on.slack.world.channels.values():
            yield from ({"text": each.text, "blocks": each.blocks} for each in channel.messages)


def with_mrkdwn(found: Any) -> Iterator[str]:
    """Every text that Slack looks through for mentions and links: all but plain_text, and what stands in a field."""
    match found:
        case {"type": "plain_text"}:
            return
        case dict():
            for name, inner in found.items():
                yield from [inner] if isinstance(inner, str) and name in ("text", "alt_text") else with_mrkdwn(inner)
        case list():
            for inner in found:
                yield from with_mrkdwn(inner)
