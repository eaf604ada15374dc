"""One's own data: all that is held about a person in a workspace, for nobody else; and "Forget me"."""

from collections.abc import Iterator
from zoneinfo import ZoneInfo

from bot.domain.errors import NotHere, Unavailable
from bot.domain.ids import ChannelId, OrganisationId, Pseudonym, RoundId, TeamId
from bot.domain.own_data import Held, OwnAction, OwnEscalation, OwnPlace, OwnRound, OwnThanks
from bot.domain.partnership import Partnership, State
from bot.domain.people import Member, Person, Profile
from bot.domain.permissions import Deed, Standing, may
from bot.domain.rounds import OwnAnswer
from bot.services.places import NOTHING_HERE
from bot.services.ports import KeptComment, Ports, Transaction


def held(
    ports: Ports,
    home_team_id: TeamId,
    channel_id: ChannelId,
    person: Person,
    wish: Deed = Deed.SEE_OWN_DATA,
) -> tuple[Held, ...]:
    """All that is held about a person in the partnerships of a workspace, that of the channel first.

    Also of partnerships that have ended, and of those that the person has left. Raises NotHere for a stranger.
    """
    with ports.store.read() as tx:
        found = tuple(each for each in _of_all(tx, ports, home_team_id, person) if not each.is_empty)
    _refuse_strangers(wish, person, is_known=bool(found))
    return tuple(sorted(found, key=lambda each: (each.channel != channel_id, each.ended)))


def forget(ports: Ports, home_team_id: TeamId, channel_id: ChannelId, person: Person) -> None:
    """Delete a person's answers, comments and begun forms in all partnerships of a workspace, also in an open round.

    With them goes all that drift compares the person with. A click at the same moment is deleted too, or is stored
    afterwards and acknowledged. Raises NotHere for a stranger, Unavailable where no key opens a link.
    """
    with ports.store.write() as tx:
        its = tx.partnerships.of_workspace(home_team_id, ended=True)
        is_known = not all(_held(tx, ports, each, person).is_empty for each in its)
        _refuse_strangers(Deed.FORGET_ME, person, is_known=is_known)
        opened = (tx.rounds.current(each.id) for each in its)
        for round_id in sorted(each.id for each in opened if each is not None):
            tx.rounds.hold(round_id)
        for each in its:
            tx.answers.forget(each.id, _pseudonym(tx, ports, each, person))
            for draft in tx.notebook.drafts_of(person, each.channel_id):
                tx.notebook.drop_draft(draft.id)


def _refuse_strangers(deed: Deed, person: Person, *, is_known: bool) -> None:
    if not may(deed, person, {Standing.SUBJECT: (person,) if is_known else ()}):
        raise NotHere(NOTHING_HERE)


def _of_all(tx: Transaction, ports: Ports, home_team_id: TeamId, person: Person) -> Iterator[Held]:
    for each in tx.partnerships.of_workspace(home_team_id, ended=True):
        yield _held(tx, ports, each, person)


def _held(tx: Transaction, ports: Ports, partnership: Partnership, person: Person) -> Held:
    people = tx.people.roster(partnership.id)
    member = people.member(person)
    rounds, linked = _rounds(tx, ports, partnership, person)
    rungs = tx.escalations.route_map(partnership.id) or ()
    return Held(
        partnership=partnership.name,
        organisations=partnership.names,
        channel=partnership.channel_id,
        ended=partnership.state is State.ENDED,
        place=None if member is None else _place(tx, partnership, member),
        roles=tuple(each.role for each in people.holders if each.person == person),
        levels=tuple(each.level for each in rungs if person in each.owners.values()),
        linked=linked,
        rounds=rounds,
        escalations=_escalations(tx, partnership, person, is_member=member is not None),
        thanks=_thanks(tx, partnership, person),
        actions=tuple(
            OwnAction(text=each.text, due_on=each.due_on, done_on=each.done_on)
            for each in tx.actions.of_partnership(partnership.id)
            if person in each.owners.values()
        ),
        words=tuple(
            (milestone.plan.title, word.text) for milestone, word in tx.milestones.words_of(partnership.id, person)
        ),
        alerts=tuple(
            (ports.bank.name_or_key(each.released.dimension), each.raised_at.astimezone(_zone(partnership)).date())
            for each in tx.alerts.owned_by(partnership.id, person)
        ),
        drafts=len(tx.notebook.drafts_of(person, partnership.channel_id)),
    )


def _place(tx: Transaction, partnership: Partnership, member: Member) -> OwnPlace:
    names: dict[OrganisationId | None, str] = {each.id: each.name for each in partnership.organisations}
    profile = _profile(tx, partnership, member.person)
    return OwnPlace(
        name=member.name,
        email=(profile and profile.email) or "",
        organisation=names.get(member.organisation_id, ""),
        since_pulse=member.joined_block * partnership.promise.block_rounds + 1,
        by_hand=member.explicit,
        moves_to=names.get(member.moves_to, "") if member.move_waits else None,
        runs_workspace=profile is not None and profile.is_workspace_admin,
    )


def _profile(tx: Transaction, partnership: Partnership, person: Person) -> Profile | None:
    """What Slack told of the person; None also where no key opens it any more."""
    try:
        told = tx.notebook.profiles(partnership.home_team_id, partnership.channel_id)
    except Unavailable:
        return None
    return next((each for each in told if each.person == person), None)


def _rounds(
    tx: Transaction, ports: Ports, partnership: Partnership, person: Person
) -> tuple[tuple[OwnRound, ...], bool]:
    """What the person said, newest first; and False in place of it where no key opens the link."""
    try:
        pseudonym = _pseudonym(tx, ports, partnership, person)
    except Unavailable:
        return (), False
    given = tx.answers.own_of_all(partnership.id, pseudonym)
    written = tx.answers.own_comments(partnership.id, pseudonym)
    own = (
        _round(tx, ports, partnership, each, given.get(each, ()), written.get(each))
        for each in given.keys() | written.keys()
    )
    return tuple(sorted(own, key=lambda each: -each.number)), True


def _round(
    tx: Transaction,
    ports: Ports,
    partnership: Partnership,
    round_id: RoundId,
    given: tuple[OwnAnswer, ...],
    comment: KeptComment | None,
) -> OwnRound:
    asked = tx.rounds.get(round_id)
    assert asked is not None, "an answer belongs to a round"
    return OwnRound(
        number=asked.number,
        on=asked.opens_at.astimezone(_zone(partnership)).date(),
        answers=tuple(
            (ports.question(each.item_id, asked.organisations), each)
            for each in sorted(given, key=lambda each: asked.items.index(each.item_id))
        ),
        comment=None if comment is None else comment.text,
        quotable=comment is not None and comment.quotable,
    )


def _escalations(
    tx: Transaction, partnership: Partnership, person: Person, *, is_member: bool
) -> tuple[OwnEscalation, ...]:
    """Those that name the person; whoever has left sees the own words and no longer those of others."""
    own = []
    for each in tx.escalations.of_partnership(partnership.id):
        if not each.is_seen_by(person):
            continue
        raised = each.author == person
        words = (each.words.what, each.words.stake, each.words.tried)
        own.append(
            OwnEscalation(
                on=each.opened_at.astimezone(_zone(partnership)).date(),
                raised=raised,
                level=each.here.level,
                state=each.state,
                words=tuple(text for text in words if text) if raised or is_member else (),
                said=tuple(
                    event.text for event in tx.escalations.history(each.id) if event.actor == person and event.text
                ),
            )
        )
    return tuple(own)


def _thanks(tx: Transaction, partnership: Partnership, person: Person) -> tuple[OwnThanks, ...]:
    names: dict[OrganisationId | None, str] = {each.id: each.name for each in partnership.organisations}
    own = []
    for each in tx.milestones.thanks_of(partnership.id, person):
        given = each.author == person
        other = each.thanked if given else each.author
        own.append(
            OwnThanks(
                on=each.said_on,
                given=given,
                other=None if other is None else other.user_id,
                organisation=names.get(each.organisation_id, ""),
                text=each.text,
            )
        )
    return tuple(own)


def _pseudonym(tx: Transaction, ports: Ports, partnership: Partnership, person: Person) -> Pseudonym:
    return ports.vault.pseudonym(tx.partnerships.sealed_key(partnership.id), person)


def _zone(partnership: Partnership) -> ZoneInfo:
    return ZoneInfo(partnership.cadence.timezone)
