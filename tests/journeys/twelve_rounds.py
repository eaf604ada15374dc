"""The story of twelve weekly rounds: what happens to people, what they say, and all that is published and posted."""

import random
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from typing import Any

import pytest

from bot.domain.anonymity import Released, Withheld
from bot.domain.errors import NotAllowed
from bot.domain.ids import ChannelId, MessageTs, OrganisationId, TeamId, UserId
from bot.domain.outbox import Delivered, MessageKind, Outcome, Outgoing
from bot.domain.people import Organisation, Person, Profile
from bot.domain.publication import BlockPublication, whole_from_dict
from bot.domain.rounds import Click, Round, Withdraw
from bot.services import channels, comments, rounds
from bot.services.channels import ChannelEvent
from bot.services.identity import new_id
from schedules.delivery import drain
from schedules.rosters import read_rosters
from tests.builders import BUILDER, CHANNEL, COUNCIL, EXT, HOME, Stage, add_partnership
from tests.journeys import by_hand
from tests.journeys.by_hand import Line, Said

TEAMS = {"H": HOME, "E": EXT, "X": TeamId("T0THIRD")}
SIDES = {COUNCIL: "Northfield Council", BUILDER: "Brightbuild"}
ROUNDS = range(1, 13)
BLOCKS = (1, 2, 3)

# What happens to people: before a round opens, or while it is open. "-" leaves, ">" has another organisation's address.
BEFORE = {5: "-E07 -E08 -E09 H12", 7: "-H09"}
DURING = {2: "H11", 3: ">H10", 6: "E10 E11 X3 X4 X5", 7: ">E06", 8: "H09", 10: "E12"}
NEW_IN_BLOCK = {"H11": 1, "H12": 2, "E10": 2, "E11": 2, "X3": 2, "X4": 2, "X5": 2, "E12": 3}
MOVED_FROM_BLOCK = {"H10": (2, "Brightbuild"), "E06": (3, "Northfield Council")}
# Who answers; in rounds that are not here, everybody does.
FEW = "H01 H02 H03 H04 H05 H06 E01 E02 E03 H10 E10 E12"
ANSWERING = {
    4: "H01 H02 E01 E02 H11",
    5: "H01 H02 H03 E01 H10",
    6: "H01 H02 H03 H04 H05 H06 H07 H08 H09 H11 H12 E01 E10 E11 X1",
    9: f"{FEW} X1 X2 X3 X4 X5",
    10: f"{FEW} X1 X2 X3 X4 X5",
    11: f"{FEW} X1 X2 X3 X4",
    12: f"{FEW} X1 X2 X3 X4 X5",
}
# (round, place of the question): who cannot say
CANNOT_SAY = {(3, 3): "H01 H02 H03 H04 E01 E02 E03", (9, 3): "X5"} | {(number, 2): "E10" for number in (9, 10, 11, 12)}
COMMENTS = {
    2: {**dict.fromkeys(("H01", "H02", "H03", "E01", "E02"), "good trust"), "X1": "bad trust"},
    7: dict.fromkeys(("H01", "H02", "E01", "H11", "E10"), "bad roles"),
    10: {**dict.fromkeys(("H01", "H02", "H03"), "good plans"), **dict.fromkeys(("E01", "E02", "E03"), "bad plans")},
}
QUOTABLE = {(2, "H01"), (2, "E01"), (7, "H01"), (10, "H01")}


@dataclass(slots=True)
class Channel:
    """Who is in the channel with which address, as Slack would tell; and all that the bot posted there."""

    people: dict[str, str | None]
    letters: list[tuple[MessageKind, str]] = field(default_factory=list)

    def members(self, team_id: TeamId, channel_id: ChannelId, known: Mapping[UserId, Profile]) -> tuple[Profile, ...]:
        """bot.services.ports.Directory."""
        return tuple(Profile(person=who(each), name=each, email=email) for each, email in self.people.items())

    def send(self, message: Outgoing, drawn: Mapping[str, Any], edits: MessageTs | None) -> Outcome:
        """bot.services.ports.Messenger."""
        self.letters.append((message.kind, drawn["text"]))
        return Delivered(channel_id=CHANNEL, ts=MessageTs(f"{len(self.letters)}.0"))

    def find(self, message: Outgoing, since: object) -> Outcome | None:
        """No reply is ever lost here."""
        return None

    def change(self, happens: str) -> None:
        """People come, leave, and get another organisation's address."""
        for each in happens.split():
            name = each.strip("->")
            if each.startswith("-"):
                del self.people[name]
            elif each.startswith(">"):
                self.people[name] = f"{name}@{'brightbuild.co.uk' if name[0] == 'H' else 'northfield.gov.uk'}"
            else:
                self.people[name] = None


@dataclass(slots=True)
class Told:
    """What was said in twelve rounds and what was published and posted of it."""

    channel: Channel
    said: list[Said] = field(default_factory=list)
    dimensions: dict[int, list[str]] = field(default_factory=dict)
    invited: dict[int, dict[str, int]] = field(default_factory=dict)
    wholes: dict[int, dict[str, Any]] = field(default_factory=dict)
    blocks: dict[int, dict[str, Any]] = field(default_factory=dict)

    def whole(self, number: int, dimension: str) -> Line | None:
        """What a round may release, by hand."""
        of_round = [each for each in self.said if each.number == number]
        change = by_hand.change_of(self.said, dimension, number)
        return by_hand.whole(of_round, dimension, change, sum(self.invited[number].values()))

    def organisations(self, block: int) -> dict[tuple[str, str], Line | None]:
        """What a block may release, by hand."""
        return by_hand.organisations(self.of_block(block), self.invited_to(block))

    def of_block(self, block: int) -> list[Said]:
        """Everything said in a block."""
        return [each for each in self.said if block_of(each.number) == block]

    def invited_to(self, block: int) -> dict[str, int]:
        """The invited of each organisation who were there for the whole block, new members left out."""
        numbers = [number for number in ROUNDS if block_of(number) == block]
        return {side: min(self.invited[number][side] for number in numbers) for side in by_hand.SIDES}

    def released(self) -> list[tuple[Line, Released]]:
        """Every released value, by hand and as published."""
        pairs: list[tuple[Line | None, Released | Withheld]] = []
        for number in ROUNDS:
            found = whole_from_dict(self.wholes[number]).results
            pairs += [(self.whole(number, each.dimension), each) for each in found]
        for block in BLOCKS:
            by_side = self.organisations(block)
            results = BlockPublication.from_dict(self.blocks[block]).results
            pairs += [(by_side[(e.dimension, SIDES[OrganisationId(e.scope)])], e) for e in results]
        return [(line, each) for line, each in pairs if line is not None and isinstance(each, Released)]


def twelve_rounds(on: Stage, randomness: random.Random) -> Told:
    """Live through twelve weeks."""
    on.ports = replace(on.ports, randomness=randomness)
    organisations = (
        Organisation(
            id=COUNCIL, name=SIDES[COUNCIL], team_id=HOME, email_domains=("northfield.gov.uk",), confirmed=True
        ),
        Organisation(
            id=BUILDER, name=SIDES[BUILDER], team_id=EXT, email_domains=("brightbuild.co.uk",), confirmed=True
        ),
    )
    partnership = add_partnership(on, each=2, organisations=organisations)
    first = [f"H{n:02}" for n in range(1, 11)] + [f"E{n:02}" for n in range(1, 10)] + ["X1", "X2"]
    told = Told(channel=Channel(dict.fromkeys(first)))
    roster_is_read(on, told.channel)
    with on.ports.store.write() as tx:
        rounds.plan(tx, on.ports, partnership, on.clock.now())
    for number in ROUNDS:
        told.channel.change(BEFORE.get(number, ""))
        roster_is_read(on, told.channel)
        told.invited[number] = invited_now(told.channel, number)
        on.clock.move(days=7 if number == 1 else 5)
        drain(on.ports, told.channel)
        asked = newest(on)
        assert asked.number == number
        told.channel.change(DURING.get(number, ""))
        roster_is_read(on, told.channel)
        one_round(on, told, asked)
        on.clock.move(days=2)
        drain(on.ports, told.channel)
        with on.ports.store.read() as tx:
            told.wholes[number] = tx.publications.get(partnership.id, f"round:{asked.id}") or {}
            told.blocks[block_of(number)] = tx.publications.get(partnership.id, f"block:{block_of(number)}") or {}
    return told


def one_round(on: Stage, told: Told, asked: Round) -> None:
    """People answer, change, withdraw, comment; then the last word of each is written down by hand."""
    number = asked.number
    told.dimensions[number] = [on.ports.bank.item(item).dimension for item in asked.items]
    answering = ANSWERING[number].split() if number in ANSWERING else list(told.channel.people)
    answering = [each for each in answering if each in told.channel.people]
    last = {(each, place): score_of(each, number, place) for each in answering for place in (1, 2, 3)}
    store(on, asked, {key: 1 + number % 5 for key in last if key[0] in ("H01", "E01")})  # they change their minds
    store(on, asked, last)
    regrets = {("E02", 3)} if number == 8 else {("H04", place) for place in (1, 2, 3)} if number == 5 else set()
    store(on, asked, dict.fromkeys(regrets, 1))
    store(on, asked, dict.fromkeys(regrets, Withdraw.ANSWER))
    if number == 2:
        store(on, asked, {("E02", 1): Withdraw.ANSWER})
        store(on, asked, {("E02", 1): last["E02", 1]})
    for each, text in COMMENTS.get(number, {}).items():
        place = (on.ports, HOME, CHANNEL, who(each), asked.id)
        kept = comments.write(*place, f"{text} of {each}")
        comments.allow_quoting(*place, seal=kept.seal, allowed=(number, each) in QUOTABLE)
    if number == 10:
        told.channel.change("-H06")
        roster_is_read(on, told.channel)
        with pytest.raises(NotAllowed):
            store(on, asked, {("H06", 1): 1})
    told.said += [
        Said(
            number=number,
            dimension=told.dimensions[number][place - 1],
            who=each,
            side=side_of(each, number),
            is_new=is_new(each, number),
            score=score,
        )
        for (each, place), score in last.items()
        if (each, place) not in regrets
    ]


def store(on: Stage, asked: Round, answers: Mapping[tuple[str, int], int | Withdraw | None]) -> None:
    """Some people click at the same moment."""
    clicks = [
        Click(
            round_id=asked.id,
            item_id=asked.items[place - 1],
            score=score,
            person=who(each),
            channel_id=CHANNEL,
            at=on.clock.now(),
        )
        for (each, place), score in answers.items()
    ]
    with ThreadPoolExecutor(max_workers=16) as people:
        list(people.map(on.writer.store, clicks))


def score_of(each: str, number: int, place: int) -> int | None:
    """The story's scores: both ends in round 3, trust low in 7 and 8, and the organisations apart from round 9 on."""
    if each in CANNOT_SAY.get((number, place), "").split():
        return None
    if number == 3 and place != 2:
        return 5 if place == 1 else 1
    usual = {1: 4, 2: 3, 3: 3}[place]
    if place == 1:
        usual = 2 if number in (7, 8) else usual
        usual = 1 if number >= 9 and side_of(each, number) == "Brightbuild" else usual
    if number >= 11 and place == 2:
        usual = 5
    return min(5, max(1, usual + random.Random(f"{each} {number} {place}").choice((-1, 0, 0, 1))))


def roster_is_read(on: Stage, channel: Channel) -> None:
    """Slack tells that people changed, and the bot asks who is there."""
    channels.people_changed(on.ports, ChannelEvent(id=new_id("Ev"), team_id=HOME, channel_id=CHANNEL))
    read_rosters(on.ports, channel)


def newest(on: Stage) -> Round:
    """The round that opened last."""
    with on.ports.store.read() as tx:
        (partnership,) = tx.partnerships.of_workspace(HOME)
        asked = tx.rounds.current(partnership.id)
    assert asked is not None
    return asked


def invited_now(channel: Channel, number: int) -> dict[str, int]:
    """How many of each side are invited to a round that is about to open, new members left out."""
    there = [each for each in channel.people if not is_new(each, number)]
    return {side: sum(side_of(each, number) == side for each in there) for side in by_hand.SIDES}


def who(each: str) -> Person:
    """The person behind a short name."""
    return Person(team_id=TEAMS[each[0]], user_id=UserId(f"U0{each}"))


def block_of(number: int) -> int:
    """Rounds 1 to 4, 5 to 8, 9 to 12."""
    return (number + 3) // 4


def side_of(each: str, number: int) -> str | None:
    """Whom a person answers for in a round: a move takes effect with the next block."""
    first, moved_to = MOVED_FROM_BLOCK.get(each, (99, ""))
    return moved_to if block_of(number) >= first else {"H": SIDES[COUNCIL], "E": SIDES[BUILDER]}.get(each[0])


def is_new(each: str, number: int) -> bool:
    """Whether a person is in the first block; H09 left and came back in round 8."""
    arrived = 2 if (each, number) == ("H09", 8) else NEW_IN_BLOCK.get(each, 0)
    return block_of(number) <= arrived
