"""A town of partnerships with an open pulse each: the databases that benches start from, and everybody's clicks.

Messages are those the bot itself posted, taken from the strict double; every click is a person's only one on its
question, for a repeated click measures nothing.
"""

import datetime as dt
import json
import shutil
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote_plus

from bot.adapters.slack_clients import client
from bot.adapters.slack_messenger import SlackMessenger
from bot.adapters.vault import FernetVault
from bot.domain.ids import ChannelId, ItemId, OrganisationId, PartnershipId, RoundId, TeamId, UserId
from bot.domain.people import Member, Organisation, Person
from bot.services import rounds
from schedules.delivery import drain
from storage.engine import Database
from storage.migrate import migrate
from storage.tables import answers, partnerships
from tests.builders import EXT, HOME, SECRET, TUESDAY, Stage, partnership, stage
from tests.slack_double import SlackDouble

CLICKED_AT = TUESDAY + dt.timedelta(minutes=10)
"""The product's time at which everybody clicks: ten minutes after the pulses opened."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """A click to be sent: who says what to which question, and the form in which Slack sends it.

    `body` still lacks the address for the private answer: `{origin}` stands for it, percent-encoded.
    """

    id: str
    round_id: RoundId
    partnership_id: PartnershipId
    item_id: ItemId
    person: Person
    score: int
    body: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Town:
    """A seeded SQLite file (`path`) or PostgreSQL database (`url`), and all clicks that can be made in it."""

    url: str
    answers: tuple[Answer, ...]

    def missing(self, acknowledged: Sequence[Answer]) -> list[Answer]:
        """Those of the acknowledged answers that the database does not hold with their score."""
        database, vault = Database(self.url), FernetVault(SECRET)
        with database.reading() as connection:
            columns = (answers.c.round_id, answers.c.pseudonym, answers.c.item_id, answers.c.score)
            held = {tuple(row) for row in connection.execute(answers.select().with_only_columns(*columns))}
            keys = dict(
                tuple(row)
                for row in connection.execute(
                    partnerships.select().with_only_columns(partnerships.c.id, partnerships.c.sealed_key)
                )
            )
        database.close()
        return [
            each
            for each in acknowledged
            if (each.round_id, vault.pseudonym(keys[each.partnership_id], each.person), each.item_id, each.score)
            not in held
        ]


def build_town(url: str, *, count: int, each: int) -> Town:
    """Seed an empty database with `count` partnerships of `each` people a side, their pulses open and posted."""
    database = Database(url)
    migrate(database)
    with SlackDouble() as slack, stage(database) as on:
        for number in range(count):
            _settle(on, slack, number, each)
        drain(on.ports, SlackMessenger(client(slack.token, slack.url)))
        made = tuple(_clicks(on, slack, count, each))
    if database.is_sqlite:
        with database.engine.connect() as connection:
            connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")
    database.close()
    return Town(url=url, answers=made)


def town_of(url: str, clicks: int, *, count: int = 20) -> Town:
    """A town in which at least so many clicks can be made."""
    return build_town(url, count=count, each=-(-clicks // (6 * count)))


def clone(town: Town, path: Path) -> Town:
    """The same town in a file of its own (SQLite)."""
    shutil.copy(town.url.removeprefix("sqlite:///"), path)
    return Town(url=f"sqlite:///{path}", answers=town.answers)


def _person(number: int, team: TeamId, place: int) -> Person:
    return Person(team_id=team, user_id=UserId(f"U{number:05}{'H' if team == HOME else 'E'}{place:03}"))


def _settle(on: Stage, slack: SlackDouble, number: int, each: int) -> None:
    """One partnership with its channel, its people and a pulse that is due."""
    sides = {
        HOME: OrganisationId(f"o{number:05}-council"),
        EXT: OrganisationId(f"o{number:05}-builder"),
    }
    channel = ChannelId(f"C{number:05}")
    made = partnership(
        id=PartnershipId(f"p{number:05}"),
        name=f"Partnership {number}",
        channel_id=channel,
        organisations=tuple(
            Organisation(
                id=side, name=f"{'Council' if team == HOME else 'Builder'} {number}", team_id=team, confirmed=True
            )
            for team, side in sides.items()
        ),
    )
    known = _person(number, EXT, 0).user_id
    slack.world.add_user(known, team_id=EXT, real_name="Emery Example", email=None)
    slack.world.add_channel(channel, name=f"partnership-{number}", members=[known], is_ext_shared=True)
    with on.ports.store.write() as tx:
        tx.partnerships.add(made, on.vault.new_key())
        for team, side in sides.items():
            for place in range(each):
                who = _person(number, team, place)
                tx.people.put(made.id, Member(person=who, organisation_id=side, name=f"Person {place}"))
        rounds.plan(tx, on.ports, made, on.clock.now() - dt.timedelta(hours=1))


def _clicks(on: Stage, slack: SlackDouble, count: int, each: int) -> Iterator[Answer]:
    """Everybody's click on every question, neighbours far apart: person by person through all channels."""
    messages = [slack.messages(f"C{number:05}")[-1] for number in range(count)]
    with on.ports.store.read() as tx:
        opened = [tx.rounds.latest(PartnershipId(f"p{number:05}")) for number in range(count)]
    forms: dict[tuple[int, int, int], str] = {}
    for place in range(each):
        for question in range(3):
            for team in (HOME, EXT):
                for number, asked in enumerate(opened):
                    assert asked is not None
                    known, who = _person(number, EXT, 0), _person(number, team, place)
                    score = (place + question + number) % 5 + 1
                    form = forms.get((number, question, score))
                    if form is None:
                        payload = slack.person(known.user_id).clicks(
                            f"answer_{question + 1}_{score}", on=messages[number]
                        )
                        payload["response_url"] = "ORIGIN/response/CLICK"
                        payload["user"]["team_id"] = "TEAM"
                        form = forms[number, question, score] = "payload=" + quote_plus(
                            json.dumps(payload, separators=(",", ":"))
                        )
                    name = f"{who.user_id}-{question}"
                    yield Answer(
                        id=name,
                        round_id=asked.id,
                        partnership_id=asked.partnership_id,
                        item_id=asked.items[question],
                        person=who,
                        score=score,
                        body=form.replace(known.user_id, who.user_id).replace("TEAM", team).replace("CLICK", name),
                    )
