"""Comments: written after an answer, stored without identifiers, quoted only with leave."""

from dataclasses import dataclass, replace

from bot.domain.errors import BadInput, TooLate
from bot.domain.ids import ChannelId, Pseudonym, RoundId, TeamId
from bot.domain.people import Person
from bot.domain.redaction import redact
from bot.domain.rounds import Round
from bot.domain.texts import COMMENT_MOST
from bot.services.answers import Place, place_of
from bot.services.ports import KeptComment, Ports, Transaction


@dataclass(frozen=True, slots=True, kw_only=True)
class OwnComment:
    """A comment as its author sees it again: without identifiers."""

    round_id: RoundId
    text: str
    quotable: bool
    changed: bool


def current(ports: Ports, home_team_id: TeamId, channel_id: ChannelId, person: Person) -> OwnComment:
    """The person's comment in the open round (an empty text if there is none yet). Raises TooLate, NotHere."""
    with ports.store.read() as tx:
        place = place_of(tx, home_team_id, channel_id, person)
        asked = _open_round(place, ports)
        kept = tx.answers.comment(asked.id, _pseudonym(tx, ports, place, person))
    if kept is None:
        return OwnComment(round_id=asked.id, text="", quotable=False, changed=False)
    return OwnComment(round_id=asked.id, text=kept.text, quotable=kept.quotable, changed=False)


def write(
    ports: Ports, home_team_id: TeamId, channel_id: ChannelId, person: Person, round_id: RoundId, text: str
) -> OwnComment:
    """Store a comment, not quotable; an empty text deletes it. `changed` tells whether identifiers were removed.

    Raises TooLate when the round is closed, BadInput when the text is too long, NotHere for a stranger.
    """
    text = text.strip()
    if len(text) > COMMENT_MOST:
        raise BadInput(f"Please shorten your comment to {COMMENT_MOST:,} characters; it has {len(text):,}.")
    with ports.store.read() as tx:
        place = place_of(tx, home_team_id, channel_id, person)
        names = [each.name for each in tx.people.roster(place.partnership.id).members]
    redacted = redact(text, names)
    sentiment = ports.sentiment.read(redacted) if redacted else None
    with ports.store.write() as tx:
        place = place_of(tx, home_team_id, channel_id, person)
        asked = _open_round(place, ports, round_id)
        pseudonym = _pseudonym(tx, ports, place, person)
        if sentiment is None:
            tx.answers.remove_comment(asked.id, pseudonym)
        else:
            kept = KeptComment(
                pseudonym=pseudonym,
                organisation_id=place.member.organisation_id,
                counts=place.member.counts_in(asked.block),
                text=redacted,
                quotable=False,
                sentiment=sentiment,
            )
            tx.answers.put_comment(place.partnership.id, asked.id, kept)
    return OwnComment(round_id=asked.id, text=redacted, quotable=False, changed=redacted != text)


def allow_quoting(
    ports: Ports, home_team_id: TeamId, channel_id: ChannelId, person: Person, round_id: RoundId, *, allowed: bool
) -> None:
    """Write down whether the author's comment may be quoted. Raises TooLate when the round is closed."""
    with ports.store.write() as tx:
        place = place_of(tx, home_team_id, channel_id, person)
        asked = _open_round(place, ports, round_id)
        kept = tx.answers.comment(asked.id, _pseudonym(tx, ports, place, person))
        if kept is not None:
            tx.answers.put_comment(place.partnership.id, asked.id, replace(kept, quotable=allowed))


def _open_round(place: Place, ports: Ports, wanted: RoundId | None = None) -> Round:
    asked = place.latest
    if asked is None or not asked.is_open(ports.clock.now()) or wanted not in (None, asked.id):
        raise TooLate("This pulse is closed, so a comment can no longer be added. The next one comes to this channel.")
    return asked


def _pseudonym(tx: Transaction, ports: Ports, place: Place, person: Person) -> Pseudonym:
    return ports.vault.pseudonym(tx.partnerships.sealed_key(place.partnership.id), person)
