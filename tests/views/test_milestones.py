"""The screens of milestones and thanks: words of people stay words, and each kind has the right tone."""

import datetime as dt
import json
from typing import Any

import pytest

from bot.domain.errors import FieldFault
from bot.domain.hub import Choice
from bot.domain.ids import MilestoneId, PartnershipId
from bot.domain.milestones import Milestone, MilestoneKind, Plan
from bot.domain.outbox import MessageKind
from bot.domain.thanks import Behaviour
from bot.views import hub, milestone_forms, milestones, thanks
from bot.views.messages import draw
from tests.slack_limits import breaches, text_covers_blocks
from tests.views.test_every_message import HOSTILE, TEXTS, Texts, a_milestone, every_text, texts_in

MAY_14 = dt.date(2026, 5, 14)
AT_TEN = dt.datetime(2026, 5, 14, 9, tzinfo=dt.UTC)
ORDINARY = TEXTS["ordinary"]
TRIES = ["<!channel>", "<!here>", "<@U1>", "<#C2>", "<https://evil.example|our site>", "@channel", "@here", "#general"]


def a_plan(texts: Texts = ORDINARY) -> Plan:
    """A phase change with texts as long as they may be."""
    words = texts.words
    return Plan(title=words(100), on=MAY_14, kind=MilestoneKind.PHASE_CHANGE, before=words(60), after=words(60))


def board(texts: Texts, many: int = 50) -> list[Milestone]:
    """As many coming milestones as there may be."""
    return [
        Milestone(id=MilestoneId(f"m-{number}"), partnership_id=PartnershipId("p"), plan=a_plan(texts))
        for number in range(many)
    ]


def people(texts: Texts, many: int = 100) -> list[tuple[str, str, str]]:
    """People to thank: value, name, organisation."""
    return [(f"T|U{number}", texts.person, texts.organisations[number % 2]) for number in range(many)]


def celebration(texts: Texts = ORDINARY, **changes: Any) -> dict[str, Any]:
    """What the channel reads."""
    return draw(MessageKind.MILESTONE, {**a_milestone(texts), **changes})


def said(**changes: Any) -> dict[str, Any]:
    """Thanks as the channel reads them."""
    body = {"by": "Ana", "organisation": "Brightbuild", "thanked": "U05", "text": "You called", "behaviour": None}
    return draw(MessageKind.THANKS, {**body, **changes})


@every_text
def test_slack_takes_every_screen(texts: Texts) -> None:
    views = [
        milestone_forms.draw_milestones(texts.partnership, board(texts), "p"),
        milestone_forms.draw_milestone_form(None, "p"),
        milestone_forms.draw_milestone_form(a_plan(texts), "p"),
        milestone_forms.draw_milestone_kept(a_plan(texts), AT_TEN, "Europe/London", at_once=False),
        milestone_forms.draw_milestone_kept(a_plan(texts), AT_TEN, "Europe/London", at_once=True),
        milestone_forms.draw_milestone_cancel(a_plan(texts), "p"),
        milestone_forms.draw_milestone_word(a_plan(texts), texts.organisations, texts.words(300), "p"),
        milestone_forms.draw_milestone_word(a_plan(texts), texts.organisations, "", "p"),
        thanks.draw_thanks_form(people(texts), texts.organisations[0], "p"),
        thanks.draw_thanks_form(people(texts, 101), "", "p"),
        thanks.draw_thanked(texts.person),
    ]
    for view in views:
        assert breaches(view, kind="view") == []
        assert not any(each in text for text in texts_in(view, kind="mrkdwn") for each in ("<!channel>", "<@U1>"))
        assert "!" not in "".join(texts_in(view)).replace(HOSTILE, "") or texts is TEXTS["hostile"]
    for missing in ([], list(texts.organisations)):
        receipt = milestones.draw_agreement(texts.words(100), missing)
        assert breaches(receipt, kind="message") == []
        assert text_covers_blocks(receipt) == []


@pytest.mark.parametrize("words", TRIES)
def test_whatever_people_write_it_calls_nobody_and_links_nowhere(words: str) -> None:
    body = {**a_milestone(ORDINARY), "title": words, "before": words, "after": words}
    body["words"] = [{"text": words, "name": words, "organisation": "Brightbuild"}]
    for kind in (MessageKind.MILESTONE, MessageKind.MILESTONE_WORDS, MessageKind.MILESTONE_HELD):
        shown_as_words(draw(kind, body), words)
    shown_as_words(said(text=f"a\n{words}", by=words), words)


def shown_as_words(drawn: dict[str, Any], words: str) -> None:
    """Escaped where Slack reads markup, and otherwise not read as markup at all."""
    assert words not in json.dumps(drawn) or "<" not in words
    for block in drawn["blocks"]:
        if block["type"] == "section" and words.lstrip("<") in block["text"]["text"]:
            assert block["text"]["verbatim"] is True


def test_people_are_named_and_only_who_is_thanked_is_mentioned() -> None:
    assert "<@" not in celebration()["text"]
    assert said()["text"].count("<@") == 1
    assert said(by="")["text"].startswith("*Somebody at Brightbuild* thanks <@U05>:")
    assert said(organisation="")["text"].startswith("*Ana* thanks <@U05>:")


@pytest.mark.parametrize("behaviour", Behaviour)
def test_a_behaviour_is_named_in_words(behaviour: Behaviour) -> None:
    words = said(behaviour=behaviour)["text"].splitlines()[-1]
    assert words[0].isupper()
    assert "_" not in words


@pytest.mark.parametrize("kind", MilestoneKind)
def test_every_kind_names_all_organisations_and_celebrates_without_noise(kind: MilestoneKind) -> None:
    drawn = celebration(kind=kind, title="Roof on", before="", after="")
    first = drawn["text"].splitlines()[0]
    assert first.startswith("*Today: Roof on.*")
    assert "Brightbuild and Northfield Council" in first
    assert "!" not in drawn["text"]
    assert not any(ord(character) > 0x2100 for character in drawn["text"])
    assert "Thank someone on the other side" in json.dumps(drawn)


def test_a_recovery_thanks_and_asks_how_people_are() -> None:
    text = celebration(kind="recovery", before="", after="")["text"]
    assert "Thank you." in text
    assert "How are you" in text
    assert "did this together" not in text


def test_on_another_day_the_day_is_said() -> None:
    drawn = celebration(today=False, title="Roof on", before="", after="", kind="delivery")
    assert drawn["text"].startswith("*Roof on*, Thursday 14 May 2026. Brightbuild and Northfield Council did this")


def test_three_organisations_have_no_other_side() -> None:
    drawn = json.dumps(celebration(TEXTS["three with long names"], kind="delivery"))
    assert "other side" not in drawn
    assert "Thank someone of another organisation" in drawn


def test_beside_each_field_stands_what_is_wrong_with_it() -> None:
    faults = (FieldFault(field="title", reason="Say what."), FieldFault(field="on", reason="Say when."))
    assert milestone_forms.draw_milestone_errors(faults) == {"title": "Say what.", "on": "Say when."}


def test_more_people_than_a_list_takes_are_found_by_name() -> None:
    listed, found = (thanks.draw_thanks_form(people(ORDINARY, many), "Brightbuild", "p") for many in (100, 101))
    assert [each["blocks"][1]["element"]["type"] for each in (listed, found)] == ["static_select", "users_select"]


def test_whoever_has_no_organisation_to_show_is_not_offered_to_hide_the_name() -> None:
    form = thanks.draw_thanks_form(people(ORDINARY), "", "p")
    assert thanks.UNSIGNED not in json.dumps(form)
    assert thanks.NAMED in json.dumps(form)


def test_the_hub_has_room_for_all_that_anybody_may_do() -> None:
    for many in (1, 10, 11, len(Choice)):
        assert breaches(hub.draw_hub("Northfield Schools", tuple(Choice)[:many], "p"), kind="view") == []
