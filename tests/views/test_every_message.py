"""Every message and every screen, with ordinary, long and hostile texts: within Slack's limits and in our voice."""

import ast
import datetime as dt
import json
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from bot.domain.alerts import OpenAlert
from bot.domain.anonymity import (
    WHOLE,
    Band,
    CommentsResult,
    Gap,
    MoodWord,
    Participation,
    Released,
    Scope,
    Score,
    Theme,
    WholeResult,
    Withheld,
)
from bot.domain.drift import Change
from bot.domain.escalation import State
from bot.domain.hub import Choice
from bot.domain.ids import AlertId, ChannelId, ItemId, RoundId, TeamId, UserId
from bot.domain.outbox import MessageKind
from bot.domain.own_data import Held, OwnAction, OwnEscalation, OwnPlace, OwnRound, OwnThanks
from bot.domain.people import Person, Role
from bot.domain.promise import PROMISE
from bot.domain.publication import BlockPublication, whole_to_dict
from bot.domain.rounds import OwnAnswer
from bot.domain.route_map import Level
from bot.views import actions, alerts, channels, commands, comments, home, hub, own_data, privacy, pulse, setup
from bot.views.messages import draw
from tests.slack_limits import breaches, text_covers_blocks

VIEWS = Path(__file__).parent.parent.parent / "bot" / "views"
CLOSES = dt.datetime(2026, 5, 14, 9, tzinfo=dt.UTC).isoformat()
ZONE = "Europe/London"
NAMES = {"trust": "Understanding and trust", "communication": "Quality of communication", "roles": "Clear roles"}
HOSTILE = "<!channel> <@U1> *x* `y`"
JARGON = re.compile(r"\b(floors?|outbox|blocks?|tenths|payload|pseudonyms?|drift)\b", re.IGNORECASE)


@dataclass(frozen=True, slots=True, kw_only=True)
class Texts:
    """What people wrote: names, and words as long as they may be; a question is ours and at most 90 characters."""

    partnership: str
    organisations: tuple[str, ...]
    person: str
    words: Callable[[int], str]
    question: str = "I heard what I needed from the other organisation in time to act on it."


def _repeated(text: str) -> Callable[[int], str]:
    return lambda most: (text * (most // len(text) + 1))[:most]


ORDINARY = Texts(
    partnership="Northfield Schools",
    organisations=("Brightbuild", "Northfield Council"),
    person="Harper Number1",
    words=lambda most: "The drawings came late, twice."[:most],
)
TEXTS = {
    "ordinary": ORDINARY,
    "three with long names": Texts(
        partnership="N" * 60,
        organisations=tuple(f"{letter} & Sons of {letter * 40} 🌊"[:60] for letter in "ABC"),
        person="P" * 60,
        words=lambda most: "w" * most,
        question="q" * 90,
    ),
    "ampersands": Texts(
        partnership="&" * 60,
        organisations=tuple(letter + "&" * 59 for letter in "ABC"),
        person="&" * 60,
        words=_repeated("&"),
    ),
    "emoji": Texts(
        partnership="🌊" * 60,
        organisations=tuple(letter + "👩‍👩‍👧" * 11 for letter in "AB"),
        person="🙂" * 60,
        words=_repeated("🙂"),
    ),
    "hostile": Texts(
        partnership=HOSTILE,
        organisations=(f"A {HOSTILE}", f"B {HOSTILE}"),
        person=HOSTILE,
        words=_repeated(HOSTILE + "\n"),
    ),
}
every_text = pytest.mark.parametrize("texts", TEXTS.values(), ids=TEXTS)

# -- samples -----------------------------------------------------------------------------------------------------------


def a_round(texts: Texts) -> dict[str, Any]:
    """What the messages about a round need."""
    return {
        "round_id": "r-abcdefghijklmnopqrst",
        "number": 12,
        "partnership": texts.partnership,
        "organisations": list(texts.organisations),
        "questions": [{"item": item, "text": texts.question} for item in ("TRU1", "COM1", "ROL1")],
        "closes_at": CLOSES,
        "timezone": ZONE,
        "extra": True,
        "more_than": 10,
        "people": 5,
    }


def released(dimension: str, scope: str = WHOLE, tenths: int = 34, change: Change | None = Change.LOWER) -> Released:
    """A released result."""
    return Released(
        dimension=dimension,
        scope=Scope(scope),
        score=Score(tenths=tenths),
        people=Band(low=20),
        change=change,
        cant_say_many=True,
    )


def whole(texts: Texts) -> dict[str, Any]:
    """What a round published: two values and one that is not shown."""
    results = (released("trust"), released("communication", tenths=45), Withheld(dimension="roles", scope=WHOLE))
    return {
        "number": 12,
        "partnership": texts.partnership,
        "organisations": list(texts.organisations),
        **whole_to_dict(WholeResult(people=Band(low=20), results=results)),
        "dimensions": NAMES,
        "questions": dict.fromkeys(NAMES, texts.question),
    }


def a_block(texts: Texts) -> dict[str, Any]:
    """What four rounds published together, with as many comments as are shown."""
    keys = [f"org-{number}" for number in range(len(texts.organisations))]
    published = BlockPublication(
        first_number=9,
        last_number=12,
        results=tuple(released(each, key, change=None) for each in ("trust", "communication") for key in keys),
        gaps=(Gap(dimension="trust", higher=Scope(keys[0]), lower=Scope(keys[1])),),
        participation=Participation.THREE_IN_FOUR,
        comments=CommentsResult(
            mood=MoodWord.MOSTLY_WORRIED,
            themes=tuple(Theme(dimension=each, people=Band(low=5)) for each in NAMES),
            quotes=tuple(f"{number} {texts.words(2_990)}" for number in range(8)),
        ),
    )
    return {
        "number": 12,
        "partnership": texts.partnership,
        "organisations": list(texts.organisations),
        **published.to_dict(),
        "names": dict(zip(keys, texts.organisations, strict=True)),
        "dimensions": NAMES,
    }


def a_digest(texts: Texts) -> dict[str, Any]:
    """The digest of the last round of a block, with more open than it shows."""
    block = a_block(texts)
    alerts = [
        {"dimension": "trust", "scope": f"in {each}’s answers", "since": "2026-04-20", "owner": None, "climbed": True}
        for each in texts.organisations
    ]
    return {
        "partnership": texts.partnership,
        "organisations": list(texts.organisations),
        "names": block["names"],
        "dimensions": NAMES,
        "channel": "C1",
        "week": 20,
        "rounds": [{**whole(texts), "number": number} for number in range(1, 13)],
        "block": {**block, "mood": None, "themes": [], "quotes": []},
        "comments": {key: block[key] for key in ("first_number", "last_number", "mood", "themes")},
        "alerts": alerts,
        "notices": [{"kind": "silence", "dimension": None}, {"kind": "split", "dimension": "trust"}],
        "milestones": [{"title": texts.words(100), "on": "2026-06-02"}] * 9,
        "escalations": [{"level": "informal level", "day": 2}] * 9,
        "actions": [{"text": texts.words(300), "owners": ["U41", "U42"], "on": "2026-06-02", "late": True}] * 9,
    }


def a_set_up(texts: Texts) -> dict[str, Any]:
    """The picture of a set-up."""
    sides = [
        {"name": name, "group": "", "people": 12, "commands": not at, "leads": [texts.person], "seniors": []}
        for at, name in enumerate(texts.organisations)
    ]
    return {
        "partnership_id": "p-north",
        "partnership": texts.partnership,
        "first_at": CLOSES,
        "timezone": ZONE,
        "every": "week",
        "weekday": "tuesday",
        "at": "10:00",
        "open_working_days": 2,
        "organisations": sides,
        "unplaced": [texts.person] * 12,
        "asks": list(texts.organisations),
        "floors": {"whole": 5, "each": 2, "unplaced": 5, "apart": 8},
    }


def a_milestone(texts: Texts, kind: str = "phase_change") -> dict[str, Any]:
    """What the messages about a milestone need."""
    said = [{"text": texts.words(300), "name": texts.person, "organisation": each} for each in texts.organisations]
    return {
        "milestone_id": "m-abcdefghijklmnopqrst",
        "partnership": texts.partnership,
        "channel": "C1",
        "organisations": list(texts.organisations),
        "title": texts.words(100),
        "kind": kind,
        "before": texts.words(60),
        "after": texts.words(60),
        "on": "2026-05-14",
        "today": True,
        "words": [word for word in said for _ in range(3)],
    }


def an_escalation(texts: Texts, move: str = "hand_over", **changes: Any) -> dict[str, Any]:
    """What the messages and screens of an escalation need, with as much of everything as there can be."""
    owners = [[name, f"U{number}"] for number, name in enumerate(texts.organisations, 11)]
    return {
        "escalation_id": "e-abcdefghijklmnopqrst",
        "partnership": texts.partnership,
        "channel": "C1",
        "timezone": ZONE,
        "level": "informal",
        "lane": "safety",
        "state": "proposed",
        "day": 2,
        "opened_at": CLOSES,
        "owners": owners,
        "answer_by": CLOSES,
        "move": move,
        "actor": "U11",
        "to": "U12",
        "text": texts.words(700),
        "author": "U9",
        "what": texts.words(1_500),
        "stake": texts.words(700),
        "tried": texts.words(700),
        "views": [[each, "U11", texts.words(700)] for each in texts.organisations * 3],
        "following": {"level": "delivery_leads", "owners": owners},
        "moves": ["acknowledge", "add_view", "hand_over", "snooze", "raise", "resolve"],
        "outcome": texts.words(700),
        "organisation": texts.organisations[0],
        "waits_for": list(texts.organisations[1:]),
        **changes,
    }


def some_roles(texts: Texts) -> dict[str, Any]:
    """Leads and seniors of an organisation."""
    named = {"leads": [texts.person] * 12, "seniors": [texts.person], "by": texts.person}
    return {"organisation_id": "org-b", "organisation": texts.organisations[0], **named}


def an_alert(texts: Texts) -> dict[str, Any]:
    """An alert that names an organisation, and another that shows no clear change."""
    return {
        "alert": "a-abcdefghijklmnopqrst",
        "partnership": texts.partnership,
        "channel": "C1",
        "organisations": list(texts.organisations),
        "dimension": NAMES["trust"],
        "organisation": texts.organisations[0],
        "size": "much lower",
        "people": 15,
        "unchanged": list(texts.organisations[1:]),
        "since": "2026-04-20",
    }


def open_alerts(texts: Texts) -> tuple[OpenAlert, ...]:
    """One alert that somebody has taken, and one that nobody has."""
    owner = Person(team_id=TeamId("T1"), user_id=UserId("U8"))
    return tuple(
        OpenAlert(
            id=AlertId(f"a-{number}"),
            dimension="trust",
            organisation=organisation,
            since=dt.date(2026, 4, 20),
            owner=has_it,
            climbed=False,
        )
        for number, (organisation, has_it) in enumerate([(texts.organisations[0], None), (None, owner)])
    )


def an_action(texts: Texts) -> dict[str, Any]:
    """An agreed action with an owner on each side."""
    return {
        "action": "a-1",
        "text": texts.words(300),
        "due_on": "2026-06-02",
        "owners": [[name, f"U0{number}"] for number, name in enumerate(texts.organisations)],
        "organisations": list(texts.organisations),
    }


def a_home(texts: Texts) -> list[dict[str, Any]]:
    """Two partnerships on one person's page, with all that can stand there."""
    page = {
        "partnership": texts.partnership,
        "organisations": list(texts.organisations),
        "channel": "C1",
        "paused": False,
        "dimensions": whole(texts)["dimensions"],
        "open": {"number": 12, "unanswered": 2, "closes": "Thursday 14 May, 10:00"},
        "results": whole(texts),
        "milestones": [{"title": texts.words(75), "on": "2026-06-02"}] * 3,
        "escalations": [{"what": texts.words(3_000), "day": 2}] * 3,
        "actions": [{"text": texts.words(300), "on": "2026-06-02"}] * 3,
        "alerts": [{"dimension": "trust", "scope": texts.organisations[0], "since": "2026-04-20", "owner": None}],
        "sets_up": True,
    }
    quiet = {**page, "channel": "C2", "paused": True, "open": None, "results": None, "alerts": [], "milestones": []}
    return [page, quiet, {**quiet, "channel": "C3", "paused": False}]


SAMPLES: Mapping[str, Callable[[Texts], dict[str, Any]]] = {
    "welcome": lambda texts: {},
    "set_up": a_set_up,
    "confirm_roles": some_roles,
    "roles_confirmed": some_roles,
    "roster_moved": lambda texts: {
        "partnership": texts.partnership,
        "moves": [
            *({"organisation": name, "people": ["U01", "U02"]} for name in texts.organisations),
            {"organisation": "", "people": [f"U{number}" for number in range(11)]},
        ],
    },
    "successor_wanted": lambda texts: {
        "partnership": texts.partnership,
        "channel": "C1",
        "organisation": texts.organisations[0],
        "role": "administrator",
        "left": ["U7"],
        "administrators": ["U8", "U9"],
        "in_channel": True,
    },
    "test_pulse": lambda texts: {
        "partnership": texts.partnership,
        "organisations": list(texts.organisations),
        "people": 5,
        "questions": [texts.question] * 3,
    },
    "pulse": a_round,
    "pulse_counter": a_round,
    "reminder": lambda texts: {"number": 12, "closes_at": CLOSES, "timezone": ZONE},
    "pulse_closed": a_round,
    "results": whole,
    "block_results": a_block,
    "block_comments": a_block,
    "alert_noted": lambda texts: {
        **an_alert(texts),
        "told_at": CLOSES,
        "timezone": ZONE,
        "unnamed": texts.organisations,
    },
    "alert": an_alert,
    "alert_taken": lambda texts: {**an_alert(texts), "owner": "U8", "of": texts.organisations[0]},
    "alert_followed": lambda texts: {**an_alert(texts), "owner": "U8", "of": texts.organisations[0]},
    "alert_unowned": lambda texts: {**an_alert(texts), "why": "nobody", "programme": ["U8", "U9"]},
    "alert_recovered": an_alert,
    "alert_unheard": lambda texts: {"organisation": texts.organisations[0], "organisation_id": "org-b"},
    "digest": a_digest,
    "escalation": an_escalation,
    "escalation_news": an_escalation,
    "milestone_words": a_milestone,
    "milestone_held": a_milestone,
    "milestone": a_milestone,
    "thanks": lambda texts: {
        "by": texts.person,
        "organisation": texts.organisations[0],
        "thanked": "U05",
        "text": texts.words(500),
        "behaviour": "told_early",
    },
    "action_agreed": an_action,
    "action_done": an_action,
    "paused": lambda texts: {
        "partnership": texts.partnership,
        "number": 12,
        "closes_at": CLOSES,
        "timezone": ZONE,
    },
    "resumed": lambda texts: {"partnership": texts.partnership, "opens_at": CLOSES, "timezone": ZONE},
    "ended": lambda texts: {"partnership": texts.partnership, "number": 12, "kept_weeks": 34},
    "switched_off": lambda texts: {
        "partnership": texts.partnership,
        "channel": "C1",
        "reason": "not_in_channel",
        "deleted_at": CLOSES,
        "timezone": ZONE,
    },
}
"""One body for each kind of message; a new kind needs an entry."""


def own_answers(texts: Texts, closes: str) -> dict[str, Any]:
    """The screen of one's own answers: given, given as "can't say", not given."""
    given = (OwnAnswer(item_id=ItemId("A"), score=5), OwnAnswer(item_id=ItemId("B"), score=None), None)
    questions = [(ItemId(item), texts.question, answer) for item, answer in zip("ABC", given, strict=True)]
    return hub.draw_own_answers(12, questions, texts.words(3_000), closes=closes, private="p")


DAY = dt.date(2026, 5, 12)


def all_held(texts: Texts) -> Held:
    """Everything that can be held about a person in a partnership, as much of it as 34 weeks bring."""
    own = tuple((texts.question, OwnAnswer(item_id=ItemId("A"), score=score)) for score in (1, 5, None))
    return Held(
        partnership=texts.partnership,
        organisations=texts.organisations,
        channel=ChannelId("C1"),
        ended=True,
        place=OwnPlace(
            name=texts.person,
            email="h@example.org",
            organisation=texts.organisations[0],
            since_pulse=5,
            by_hand=True,
            moves_to=texts.organisations[1],
            runs_workspace=True,
        ),
        roles=tuple(Role),
        levels=tuple(Level),
        rounds=tuple(
            OwnRound(number=number, on=DAY, answers=own, comment=texts.words(3_000), quotable=number % 2 == 0)
            for number in range(34, 0, -1)
        ),
        escalations=tuple(
            OwnEscalation(
                on=DAY,
                raised=raised,
                level=Level.INFORMAL,
                state=State.IN_HAND,
                words=(texts.words(1_500), texts.words(700)),
                said=(texts.words(700),),
            )
            for raised in (True, False)
        ),
        thanks=tuple(
            OwnThanks(on=DAY, given=given, other=other, organisation=texts.organisations[0], text=texts.words(500))
            for given, other in ((True, UserId("U1X")), (False, UserId("U2X")), (False, None))
        ),
        actions=tuple(OwnAction(text=texts.words(300), due_on=DAY, done_on=done) for done in (DAY, None)),
        words=((texts.words(100), texts.words(300)),),
        alerts=((NAMES["trust"], DAY),),
        drafts=2,
    )


def little_held(texts: Texts) -> Held:
    """A place on the roster, and links that no key opens."""
    place = OwnPlace(
        name="", email="", organisation="", since_pulse=1, by_hand=False, moves_to="", runs_workspace=False
    )
    named = {"partnership": texts.partnership, "organisations": texts.organisations, "channel": ChannelId("C1")}
    return Held(ended=False, linked=False, place=place, drafts=1, **named)  # type: ignore[arg-type]  # Held's own fields


MODALS: Mapping[str, Callable[[Texts], dict[str, Any]]] = {
    "a comment": lambda texts: comments.draw_comment("p", 12, texts.words(3_000)),
    "a first comment": lambda texts: comments.draw_comment("p", 12, ""),
    "a comment as it is kept": lambda texts: comments.draw_comment_check("p", texts.words(3_000), changed=True),
    "a comment deleted": lambda texts: comments.draw_comment_deleted(),
    "the hub": lambda texts: hub.draw_hub(texts.partnership, tuple(Choice)[:10], "p"),
    "own answers": lambda texts: own_answers(texts, "Thursday 14 May, 10:00"),
    "own answers of a closed round": lambda texts: own_answers(texts, ""),
    "results so far": lambda texts: hub.draw_results_so_far([whole(texts)] * 8),
    "no results yet": lambda texts: hub.draw_results_so_far([]),
    "a note": lambda texts: hub.draw_note("Not done", "Only leads can do this. Please ask one of them."),
    "open alerts": lambda texts: alerts.draw_open_alerts(open_alerts(texts), NAMES, "p"),
    "no alert is open": lambda texts: alerts.draw_open_alerts((), NAMES, "p"),
    "what an alert means": lambda texts: alerts.draw_alert_meaning(),
    "privacy": lambda texts: privacy.draw_privacy(PROMISE, texts.person),
    "the hub with everything": lambda texts: hub.draw_hub(texts.partnership, tuple(Choice), "p"),
    "an action that was agreed": lambda texts: actions.draw_action_kept(),
    "an action": lambda texts: actions.draw_action_form(
        [(f"o{number}", name, [(texts.person, "U1")]) for number, name in enumerate(texts.organisations)],
        "p",
        tomorrow=dt.date(2026, 5, 15),
    ),
    **{
        f"my data, page {page}": lambda texts, page=page: own_data.draw_my_data([all_held(texts)] * 3, page, "p")  # type: ignore[misc]  # mypy knows no default here
        for page in (0, 1, 99)
    },
    "my data, nothing but a place": lambda texts: own_data.draw_my_data([little_held(texts)], 0, "p"),
    "the question before forgetting": lambda texts: own_data.draw_forget_question([texts.partnership] * 90, "p"),
    "forgotten": lambda texts: own_data.draw_forgotten(),
    "App Home": lambda texts: home.draw_home(a_home(texts)),
    "App Home of a stranger": lambda texts: home.draw_home([]),
    "the question before a pause": lambda texts: channels.draw_pause_question(texts.partnership, "p"),
    "the question before the end": lambda texts: channels.draw_end_question(
        texts.partnership, texts.organisations, open_number=12, kept_weeks=34, private="p"
    ),
}
RECEIPTS: Mapping[str, Callable[[Texts], dict[str, Any]]] = {
    **{
        f"receipt of {score}": lambda texts, score=score: pulse.draw_receipt(  # type: ignore[misc]  # mypy knows no default here
            RoundId("r-1"), ItemId("TRU1"), texts.question, score
        )
        for score in (1, 2, 3, 4, 5, None)
    },
    "withdrawn": lambda texts: pulse.draw_withdrawn(texts.question),
    "help": lambda texts: commands.draw_help([("setup", "sets up"), ("now", "asks now")], unknown=texts.words(2_500)),
    "resumed": lambda texts: channels.draw_resumed_receipt(),
    "an alert taken": lambda texts: alerts.draw_alert_taken_note(),
    "test answered": lambda texts: setup.draw_test_answered(),
    "test sent": lambda texts: setup.draw_test_sent(),
}
every_kind = pytest.mark.parametrize("kind", [each for each in MessageKind if each in SAMPLES])
every_modal = pytest.mark.parametrize("name", MODALS)
every_receipt = pytest.mark.parametrize("name", RECEIPTS)


def everything(texts: Texts) -> Iterator[tuple[str, dict[str, Any]]]:
    """All messages and screens with these texts."""
    for kind in MessageKind:
        if kind in SAMPLES:
            yield kind, draw(kind, SAMPLES[kind](texts))
    for name, view in {**MODALS, **RECEIPTS}.items():
        yield name, view(texts)


def texts_in(drawn: Any, *, kind: str = "") -> Iterator[str]:
    """All texts of a drawing that people read; of one kind ("mrkdwn", "plain_text") if it is given."""
    if isinstance(drawn, Mapping):
        if isinstance(drawn.get("text"), str) and kind in ("", drawn.get("type", "mrkdwn")):
            yield drawn["text"]
        for key in ("accessibility_label",):
            if key in drawn and not kind:
                yield drawn[key]
        for inner in drawn.values():
            yield from texts_in(inner, kind=kind)
    elif isinstance(drawn, list):
        for inner in drawn:
            yield from texts_in(inner, kind=kind)


def buttons_in(drawn: Any) -> Iterator[Mapping[str, Any]]:
    """All buttons of a drawing."""
    if isinstance(drawn, Mapping):
        if drawn.get("type") == "button":
            yield drawn
        for inner in drawn.values():
            yield from buttons_in(inner)
    elif isinstance(drawn, list):
        for inner in drawn:
            yield from buttons_in(inner)


# -- what holds for all ------------------------------------------------------------------------------------------------


def test_every_kind_of_message_has_a_sample() -> None:
    assert [kind.value for kind in MessageKind if kind not in SAMPLES] == []


def test_every_view_function_is_drawn_in_a_test_of_the_views() -> None:
    drawn = {
        each.id if isinstance(each, ast.Name) else each.attr
        for path in Path(__file__).parent.glob("test_*.py")
        for each in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(each, ast.Name | ast.Attribute)
    }
    written = {
        each.name: path.name
        for path in VIEWS.glob("*.py")
        for each in ast.parse(path.read_text(encoding="utf-8")).body
        if isinstance(each, ast.FunctionDef) and each.name.startswith("draw_")
    }
    by_the_outbox = {f"draw_{kind}" for kind in MessageKind}
    assert {name: where for name, where in written.items() if name not in drawn | by_the_outbox} == {}


@every_text
@every_kind
def test_slack_takes_every_message_and_it_is_read_out_in_full(kind: MessageKind, texts: Texts) -> None:
    body = json.loads(json.dumps(SAMPLES[kind](texts)))  # as the outbox keeps it
    drawn = draw(kind, body)
    assert breaches(drawn, kind="message") == []
    assert text_covers_blocks(drawn) == []


@every_text
@every_receipt
def test_slack_takes_every_private_answer_and_it_is_read_out_in_full(name: str, texts: Texts) -> None:
    drawn = RECEIPTS[name](texts)
    assert breaches(drawn, kind="message") == []
    assert text_covers_blocks(drawn) == []


@every_text
@every_modal
def test_slack_takes_every_modal(name: str, texts: Texts) -> None:
    assert breaches(MODALS[name](texts), kind="view") == []


def test_no_text_of_a_person_can_mention_anybody_or_call_the_channel() -> None:
    for name, drawn in everything(TEXTS["hostile"]):
        for text in texts_in(drawn, kind="mrkdwn"):
            assert "<!channel>" not in text, name
            assert "<@U1>" not in text, name


def test_no_cut_leaves_half_of_an_escaped_character() -> None:
    for name, drawn in everything(TEXTS["ampersands"]):
        for text in texts_in(drawn, kind="mrkdwn"):
            assert re.search(r"&(?!amp;|lt;|gt;)", text) is None, name


def test_every_button_says_what_it_does() -> None:
    for name, drawn in everything(ORDINARY):
        for button in buttons_in(drawn):
            said = button.get("accessibility_label") or button["text"]["text"]
            assert re.search(r"[a-z]{3}", said, re.IGNORECASE), name
            assert said.strip().lower() not in {"ok", "yes", "no", "submit", "click here"}, name


@pytest.mark.parametrize("texts", [ORDINARY, TEXTS["three with long names"]], ids=["two", "three"])
def test_there_is_no_exclamation_mark_and_no_word_of_ours(texts: Texts) -> None:
    for name, drawn in everything(texts):
        for text in texts_in(drawn):
            shown = re.sub(r"<!date\^[^|]*\|([^>]*)>", r"\1", text)
            assert "!" not in shown, name
            assert JARGON.search(shown) is None, (name, shown)


@pytest.mark.parametrize("texts", [ORDINARY, TEXTS["three with long names"]], ids=["two", "three"])
def test_organisations_are_named_in_alphabetical_order(texts: Texts) -> None:
    escaped = [name.replace("&", "&amp;") for name in texts.organisations]
    for name, drawn in everything(texts):
        said = "\n".join(texts_in(drawn))
        places = [said.index(each) for each in escaped if each in said]
        assert places == sorted(places), name


def test_the_first_line_of_every_message_says_what_it_is_about() -> None:
    for kind in MessageKind:
        if kind in SAMPLES:
            first = draw(kind, SAMPLES[kind](ORDINARY))["text"].splitlines()[0]
            assert len(first) >= 20, kind
