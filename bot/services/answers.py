"""A person's own answers in a round: everything here goes to nobody but its author."""

from dataclasses import dataclass

from bot.domain.errors import NotHere
from bot.domain.ids import ChannelId, ItemId, RoundId, TeamId
from bot.domain.people import Person
from bot.domain.permissions import Deed
from bot.domain.rounds import Click, OwnAnswer, Round, Withdraw
from bot.services.permissions import permitted
from bot.services.ports import Ports


@dataclass(frozen=True, slots=True, kw_only=True)
class OwnRound:
    """One person's own view of a round: its questions with the own answers (absent: not answered)."""

    asked: Round
    questions: tuple[tuple[ItemId, str, OwnAnswer | None], ...]
    comment: str | None
    is_open: bool
    timezone: str


def own_round(ports: Ports, home_team_id: TeamId, channel_id: ChannelId, person: Person) -> OwnRound:
    """A person's own answers in the newest round of a channel. Raises NotHere when there is none."""
    with ports.store.read() as tx:
        place = permitted(tx, home_team_id, channel_id, person, Deed.SEE_OWN_ANSWERS)
        asked = place.latest
        if asked is None:
            raise NotHere("There has been no pulse in this channel yet.")
        pseudonym = ports.vault.pseudonym(tx.partnerships.sealed_key(place.partnership.id), person)
        given = {each.item_id: each for each in tx.answers.own(asked.id, pseudonym)}
        comment = tx.answers.comment(asked.id, pseudonym)
    return OwnRound(
        asked=asked,
        questions=tuple((item, ports.question(item, asked.organisations), given.get(item)) for item in asked.items),
        comment=None if comment is None else comment.text,
        is_open=asked.is_open(ports.clock.now()),
        timezone=place.partnership.cadence.timezone,
    )


def withdrawal(ports: Ports, round_id: RoundId, item_id: ItemId, person: Person, channel_id: ChannelId) -> Click:
    """The click that takes an answer back."""
    return Click(
        round_id=round_id,
        item_id=item_id,
        score=Withdraw.ANSWER,
        person=person,
        channel_id=channel_id,
        at=ports.clock.now(),
    )
