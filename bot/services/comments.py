"""Comments: written after an answer, stored without identifiers, quoted only with leave."""

import hashlib
from dataclasses import dataclass, replace

from bot.domain.errors import BadInput, TooLate
from bot.domain.ids import ChannelId, Pseudonym, RoundId, TeamId
from bot.domain.people import Person
from bot.domain.permissions import Deed
from bot.domain.redaction import redact
from bot.domain.rounds import Round
from bot.domain.texts import COMMENT_MOST
from bot.services.permissions import permitted
from bot.services.places import Place
from bot.services.ports import KeptComment, Ports, Transaction


@dataclass(frozen=True, slots=True, kw_only=True)
class OwnComment:
    """A comment as its author sees it again: without identifiers. `number` is that of its pulse."""

    round_id: RoundId
    number: int
    text: str
    quotable: bool
    changed: bool

    @property
    def seal(self) -> str:
        """Stands for exactly these words, so that leave to quote them is leave for no others."""
        return hashlib.sha256(self.text.encode()).hexdigest()[:16]


def current(ports: Ports, home_team_id: TeamId, channel_id: ChannelId, person: Person) -> OwnComment:
    """The person's comment in the open round (an empty text if there is none yet). Raises TooLate, NotHere."""
    with ports.store.read() as tx:
        place = permitted(tx, home_team_id, channel_id, person, Deed.COMMENT)
        asked = _open_round(place, ports)
        kept = tx.answers.comment(asked.id, _pseudonym(tx, ports, place, person))
    if kept is None:
        return OwnComment(round_id=asked.id, number=asked.number, text="", quotable=False, changed=False)
    return _own(asked, kept)


def write(
    ports: Ports, home_team_id: TeamId, channel_id: ChannelId, person: Person, round_id: RoundId, text: str
) -> OwnComment:
    """Store a comment, not quotable. `changed` tells whether identifiers were removed.

    Raises TooLate when the round is closed, BadInput for a text that is empty or too long, NotHere for a stranger.
    """
    text = text.strip()
    if not text:
        raise BadInput("Please write a sentence or two.")
    if len(text) > COMMENT_MOST:
        raise BadInput(f"Please shorten your comment to {COMMENT_MOST:,} characters; it has {len(text):,}.")
    with ports.store.read() as tx:
        place = permitted(tx, home_team_id, channel_id, person, Deed.COMMENT)
        names = [each.name for each in tx.people.roster(place.partnership.id).members]
    redacted = redact(text, names)
    sentiment = ports.sentiment.read(redacted)
    with ports.store.write() as tx:
        place = permitted(tx, home_team_id, channel_id, person, Deed.COMMENT)
        asked = _open_round(place, ports, round_id)
        pseudonym = _pseudonym(tx, ports, place, person)
        kept = KeptComment(
            pseudonym=pseudonym,
            organisation_id=place.member.organisation_id,
            counts=place.member.counts_in(asked.block),
            text=redacted,
            quotable=False,
            sentiment=sentiment,
        )
        tx.answers.put_comment(place.partnership.id, asked.id, kept)
    return OwnComment(round_id=asked.id, number=asked.number, text=redacted, quotable=False, changed=redacted != text)


def remove(ports: Ports, home_team_id: TeamId, channel_id: ChannelId, person: Person, round_id: RoundId) -> None:
    """Delete the person's comment in the open round. Raises TooLate when it is closed."""
    with ports.store.write() as tx:
        place = permitted(tx, home_team_id, channel_id, person, Deed.COMMENT)
        asked = _open_round(place, ports, round_id)
        tx.answers.remove_comment(asked.id, _pseudonym(tx, ports, place, person))


def allow_quoting(
    ports: Ports,
    home_team_id: TeamId,
    channel_id: ChannelId,
    person: Person,
    round_id: RoundId,
    *,
    seal: str,
    allowed: bool,
) -> None:
    """Write down whether the words with this seal may be quoted; of other words nothing changes. Raises TooLate."""
    with ports.store.write() as tx:
        place = permitted(tx, home_team_id, channel_id, person, Deed.COMMENT)
        asked = _open_round(place, ports, round_id)
        kept = tx.answers.comment(asked.id, _pseudonym(tx, ports, place, person))
        own = None if kept is None else _own(asked, kept)
        if kept is not None and own is not None and own.seal == seal:
            tx.answers.put_comment(place.partnership.id, asked.id, replace(kept, quotable=allowed))


def _own(asked: Round, kept: KeptComment) -> OwnComment:
    return OwnComment(round_id=asked.id, number=asked.number, text=kept.text, quotable=kept.quotable, changed=False)


def _open_round(place: Place, ports: Ports, wanted: RoundId | None = None) -> Round:
    asked = place.latest
    if asked is None or not asked.is_open(ports.clock.now()) or wanted not in (None, asked.id):
        raise TooLate("This pulse is closed, so a comment can no longer be added. The next one comes to this channel.")
    return asked


def _pseudonym(tx: Transaction, ports: Ports, place: Place, person: Person) -> Pseudonym:
    return ports.vault.pseudonym(tx.partnerships.sealed_key(place.partnership.id), person)
