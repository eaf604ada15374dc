"""A running bot whose first pulse has just opened in a shared channel, and what it keeps of people's answers."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from bot.adapters.vault import FernetVault
from bot.domain.ids import ChannelId, TeamId, UserId
from bot.domain.partnership import Partnership
from bot.domain.people import Organisation, Person
from bot.domain.rounds import Round
from bot.services import answers, rounds
from storage.engine import Database
from tests.builders import CHANNEL, HOME, SECRET, Stage, Unblurred, add_partnership, partnership
from tests.journeys.world import Journey, journey, people_of_northfield

Json = dict[str, Any]


@contextmanager
def open_pulse(
    database: Database, mode: str = "http", organisations: tuple[Organisation, ...] = partnership().organisations
) -> Iterator[Journey]:
    """Northfield Schools with ten people on each side."""
    with journey(database, mode, Unblurred()) as on:
        people_of_northfield(on.slack)
        begin(on, add_partnership(stage_of(on), organisations=organisations))
        yield on


def stage_of(on: Journey) -> Stage:
    """The journey's services, as the builders want them."""
    product = on.product
    vault = FernetVault(SECRET)
    return Stage(database=product.database, clock=on.clock, vault=vault, writer=product.writer, ports=product.ports)


def begin(on: Journey, new: Partnership) -> None:
    """Let the partnership's pulse open now."""
    ports = on.product.ports
    with ports.store.write() as tx:
        rounds.plan(tx, ports, new, on.clock.now().replace(hour=0))
    on.work()


def person_of(on: Journey, user: str) -> Person:
    """Somebody of the double's world."""
    return Person(team_id=TeamId(on.slack.world.users[user].team_id), user_id=UserId(user))


def newest_round(on: Journey, channel: ChannelId = CHANNEL) -> Round:
    """The round that opened last in a channel."""
    with on.product.ports.store.read() as tx:
        found = tx.partnerships.in_channel(HOME, channel)
        asked = None if found is None else tx.rounds.latest(found.id)
    assert asked is not None
    return asked


def kept(on: Journey, user: str) -> list[int | str | None]:
    """What is stored of a person's answers in the newest round; "-" where there is none."""
    own = answers.own_round(on.product.ports, HOME, CHANNEL, person_of(on, user))
    return ["-" if answer is None else answer.score for _, _, answer in own.questions]


def people_who_answered(on: Journey) -> int:
    """How many have an answer in the newest round."""
    with on.product.ports.store.read() as tx:
        return tx.answers.people_in(newest_round(on).id)


def click(on: Journey, user: str, action_id: str, value: str | None = None, place: str = CHANNEL) -> Json:
    """A click on the newest message of a channel that has not arrived yet; `value` is what a forged button says."""
    made = on.slack.person(user).clicks(action_id, on=on.slack.messages(place)[-1])
    made["actions"][0] |= {} if value is None else {"value": value}
    return made


def renewed(on: Journey, made: Json) -> Json:
    """The same click on a screen that has stood open for long: only the address for its answer is new."""
    url = on.slack.world.issue_response_url(made["user"]["id"], CHANNEL, made["container"]["message_ts"])
    return made | {"response_url": f"{on.slack.url.removesuffix('/api/')}/response/{url.id}"}
