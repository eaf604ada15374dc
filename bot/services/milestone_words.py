"""Words for a milestone: a week before it leads are asked, and the seniors for a phase change, all at the same time."""

import datetime as dt
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

from bot.domain import milestones
from bot.domain.errors import BadInput, NotHere, TooLate
from bot.domain.ids import DeliveryKey, MilestoneId, TeamId
from bot.domain.milestones import WORD_MOST, Fate, Milestone, MilestoneKind, Plan, Word
from bot.domain.outbox import MessageKind, Outgoing
from bot.domain.partnership import Partnership, Roster, State
from bot.domain.people import Person, Role
from bot.domain.permissions import Deed, permit, those_who_may
from bot.services import roles
from bot.services.milestones import OVER
from bot.services.permissions import able
from bot.services.places import NOTHING_HERE
from bot.services.ports import Due, Ports, Transaction
from bot.services.rounds import is_holiday_of

_EACH = 3  # words of each organisation in one message
_ALL = 12


@dataclass(frozen=True, slots=True, kw_only=True)
class OwnWord:
    """What somebody is asked to say a word for, and what they said before."""

    plan: Plan
    organisations: tuple[str, ...]
    text: str


def words_due(tx: Transaction, ports: Ports, due: Due, now: dt.datetime) -> None:
    """Ask for words: everybody with the same message, nobody twice, and nobody while the partnership is stopped."""
    tx.schedule.done(due)
    partnership = tx.partnerships.get(due.partnership_id)
    milestone = tx.milestones.get(MilestoneId(due.subject))
    if milestone is None or milestone.fate is not Fate.COMING:
        return
    holidays = is_holiday_of(ports, partnership)
    if milestones.told_at(milestone.plan, partnership.cadence, now, holidays) <= now:
        return  # the bot was away for a week: it is too late for words
    if partnership.state is not State.ACTIVE:
        again = milestones.told_next_at(partnership.cadence, now, holidays)
        if milestones.local_day(again, partnership.cadence) < milestone.plan.on:
            tx.schedule.put(replace(due, due_at=again))
        return
    asked = those_who_may(_deed(milestone.plan), able(partnership, tx.people.roster(partnership.id)))
    tell(tx, partnership, asked, MessageKind.MILESTONE_WORDS, milestone, now)


def own_word(ports: Ports, home_team_id: TeamId, person: Person, milestone_id: MilestoneId) -> OwnWord:
    """What this person is asked a word for. Raises NotHere, NotAllowed, or TooLate."""
    with ports.store.read() as tx:
        partnership, milestone = _asked_of(tx, home_team_id, person, milestone_id)
        given = _given(tx, milestone, person)
    return OwnWord(plan=milestone.plan, organisations=partnership.names, text=given.text if given else "")


def write_word(ports: Ports, home_team_id: TeamId, person: Person, milestone_id: MilestoneId, text: str | None) -> Word:
    """Keep somebody's word: None leaves it as it is, an empty one takes it back.

    Raises BadInput, NotHere, NotAllowed, or TooLate.
    """
    with ports.store.write() as tx:
        _, milestone = _asked_of(tx, home_team_id, person, milestone_id)
        if text is None:
            given = _given(tx, milestone, person)
            if given is None:
                raise BadInput("Please write a sentence or two, or close this window.", field="text")
            return given
        text = " ".join(text.split())
        if len(text) > WORD_MOST:
            raise BadInput(f"Please shorten it to {WORD_MOST} characters; it has {len(text)}.", field="text")
        word = Word(milestone_id=milestone.id, person=person, text=text)
        tx.milestones.put_word(word)
        return word


def shown_words(partnership: Partnership, people: Roster, given: Iterable[Word]) -> Iterator[dict[str, str]]:
    """Words with names, by organisation in alphabetical order, seniors first.

    Each organisation has room for as many as the others. The words of people who left are not shown.
    """
    seniors = roles.active(partnership, people, Role.SENIOR)
    placed = [(member, word) for word in given if (member := people.member(word.person)) is not None]
    most = max(1, min(_EACH, _ALL // len(partnership.organisations)))
    for organisation in sorted(partnership.organisations, key=lambda each: each.name.casefold()):
        own = [(member, word) for member, word in placed if member.organisation_id == organisation.id]
        own.sort(key=lambda each: (each[0].person not in seniors, each[0].name.casefold(), each[0].person))
        for member, word in own[:most]:
            yield {"text": word.text, "name": member.name, "organisation": organisation.name}


def body_of(partnership: Partnership, milestone: Milestone, now: dt.datetime) -> Mapping[str, Any]:
    """What a message about a milestone needs to be drawn, the same for everybody who gets it."""
    plan = milestone.plan
    return {
        "milestone_id": milestone.id,
        "partnership": partnership.name,
        "channel": partnership.channel_id,
        "organisations": list(partnership.names),
        "title": plan.title,
        "kind": plan.kind,
        "before": plan.before,
        "after": plan.after,
        "on": plan.on.isoformat(),
        "today": plan.on == milestones.local_day(now, partnership.cadence),
        "ahead": plan.on > milestones.local_day(now, partnership.cadence),
    }


def tell(
    tx: Transaction,
    partnership: Partnership,
    people: Iterable[Person],
    kind: MessageKind,
    milestone: Milestone,
    now: dt.datetime,
) -> None:
    """The same direct message to everybody at the same minute; whoever had it for this day does not get it again."""
    body = body_of(partnership, milestone, now)
    for person in people:
        tx.outbox.add(
            Outgoing(
                key=DeliveryKey(f"{kind}:{milestone.id}:{milestone.plan.on}:{person.team_id}:{person.user_id}"),
                kind=kind,
                team_id=partnership.home_team_id,
                partnership_id=partnership.id,
                user_id=person.user_id,
                body=body,
                due_at=now,
            )
        )


def coming_of(
    tx: Transaction, home_team_id: TeamId, person: Person, milestone_id: MilestoneId, *, lock: bool = False
) -> tuple[Partnership, Milestone]:
    """A coming milestone of a partnership that the person belongs to. Raises TooLate, or NotHere for a stranger."""
    milestone = tx.milestones.get(milestone_id, lock=lock)
    partnership = None if milestone is None else tx.partnerships.get(milestone.partnership_id)
    if (
        milestone is None
        or partnership is None
        or milestone.fate is not Fate.COMING
        or partnership.home_team_id != home_team_id
        or partnership.state is State.ENDED
        or tx.people.roster(partnership.id).member(person) is None
    ):
        if all(each.home_team_id != home_team_id for each in tx.partnerships.of_person(person)):
            raise NotHere(NOTHING_HERE)
        raise TooLate(OVER)  # the same whether it is over, was cancelled, is somebody else's or never existed
    return partnership, milestone


def _given(tx: Transaction, milestone: Milestone, person: Person) -> Word | None:
    return next((each for each in tx.milestones.words(milestone.id) if each.person == person), None)


def _deed(plan: Plan) -> Deed:
    return Deed.SAY_A_WORD_ON_A_PHASE if plan.kind is MilestoneKind.PHASE_CHANGE else Deed.SAY_A_WORD


def _asked_of(
    tx: Transaction, home_team_id: TeamId, person: Person, milestone_id: MilestoneId
) -> tuple[Partnership, Milestone]:
    partnership, milestone = coming_of(tx, home_team_id, person, milestone_id)
    permit(_deed(milestone.plan), person, able(partnership, tx.people.roster(partnership.id)))
    return partnership, milestone
