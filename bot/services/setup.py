"""Setting a partnership up: by a form in four steps, or from a file."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Any

from bot.domain.errors import FieldFault, InvalidForm, NotAllowed, NotNow
from bot.domain.ids import ChannelId, DeliveryKey, DraftId, TeamId
from bot.domain.outbox import MessageKind, Outgoing
from bot.domain.people import Person, Profile
from bot.domain.permissions import Deed, permit, refused
from bot.domain.questions import choose
from bot.domain.spec import PartnershipSpec, belongings
from bot.domain.spec_faults import faults, file_faults, people_faults
from bot.domain.spec_form import FORM_ORGANISATIONS, Entered, Step, filled
from bot.services.drafts import DraftKind, new_draft_id, own_draft
from bot.services.identity import new_id
from bot.services.permissions import able, of_workspace, permitted
from bot.services.ports import Directory, Draft, Ports, SlackRefused, Transaction
from bot.services.roster import first_block
from bot.services.setup_apply import Applied, apply, picture
from bot.services.setup_plan import NOBODY, Setting, planned, removals
from bot.services.setup_prefill import as_it_is, guessed

_NOT_SEEN = (
    "I have not seen you in this channel yet. If I am not in it, invite me first: type /invite and my name. "
    "Then try again in a minute."
)
_BY_FILE = "This partnership has more organisations than the form can show. Whoever runs me changes it by its file."
_CHANGED = "Nothing was started, for something has changed since you filled in the form."
_GONE = "This form is no longer kept. What was set up before is unchanged; please open it again."


@dataclass(frozen=True, slots=True, kw_only=True)
class Form:
    """The form on its way through its steps.

    `sides` are the people of each organisation, `by_hand` those whom only a person can place, or already did.
    """

    draft_id: DraftId
    spec: PartnershipSpec
    sides: tuple[tuple[Profile, ...], ...]
    by_hand: tuple[Profile, ...]


def begin(ports: Ports, home_team_id: TeamId, channel_id: ChannelId, person: Person) -> Form:
    """Open the form for a channel, prefilled. Raises NotAllowed, NotHere, or NotNow while nobody is known there."""
    try:
        with ports.store.write() as tx:
            setting = _setting(tx, home_team_id, channel_id)
            _permit(setting, person)
            current = setting.current
            if current and len(current.organisations) > FORM_ORGANISATIONS:
                raise NotAllowed(_BY_FILE)
            spec = as_it_is(current, setting.roster) if current else guessed(channel_id, setting.profiles, person)
            draft_id = new_draft_id(DraftKind.SET_UP)
            draft = Draft(id=draft_id, author=person, channel_id=channel_id, body=spec.to_dict())
            tx.notebook.put_draft(draft, ports.clock.now())
            return _form(draft_id, spec, setting)
    except NotNow:
        with ports.store.write() as tx:
            tx.schedule.roster_wanted(channel_id, home_team_id, ports.clock.now())
        raise


def write(
    ports: Ports,
    home_team_id: TeamId,
    draft_id: DraftId,
    person: Person,
    step: Step,
    entered: Entered,
) -> Form:
    """Keep what a step of the form says. Raises InvalidForm with the faults of the fields that the step asks for."""
    with ports.store.write() as tx:
        draft, setting = _draft(tx, home_team_id, draft_id, person)
        spec = filled(PartnershipSpec.from_dict(draft.body), step, entered)
        if found := tuple(each for each in _faults(ports, spec, setting) if step.asks_for(each.field)):
            raise InvalidForm(found)
        tx.notebook.put_draft(replace(draft, body=spec.to_dict()), ports.clock.now())
        return _form(draft_id, spec, setting)


def check(ports: Ports, home_team_id: TeamId, draft_id: DraftId, person: Person) -> dict[str, Any]:
    """What the set-up will mean, before anything is done (setup_apply.picture). Raises InvalidForm."""
    with ports.store.read() as tx:
        draft, setting = _draft(tx, home_team_id, draft_id, person)
        return picture(ports, planned(ports, PartnershipSpec.from_dict(draft.body), setting, person))


def start(ports: Ports, home_team_id: TeamId, draft_id: DraftId, person: Person) -> Applied:
    """Carry out what the form says. Raises NotNow when the channel has changed since it was checked."""
    try:
        with ports.store.write() as tx:
            draft, setting = _draft(tx, home_team_id, draft_id, person)
            applied = apply(tx, ports, PartnershipSpec.from_dict(draft.body), setting, person)
            tx.notebook.drop_draft(draft_id)
            return applied
    except InvalidForm as refused:
        reasons = " ".join(each.reason for each in refused.faults)
        raise NotNow(f"{_CHANGED} {reasons} Please open the set-up again.") from refused


def apply_all(
    ports: Ports, specs: Iterable[PartnershipSpec], directory: Directory, home_team_id: TeamId
) -> tuple[Applied, ...]:
    """Apply all specs of a file, or none; each Applied says as text what changed.

    Raises InvalidForm with every fault of the file: the line, the field and the reason. SlackBusy passes through:
    after the wait it names, call again with the same directory.
    """
    specs = tuple(specs)
    found = [*file_faults(specs)]
    people: dict[ChannelId, tuple[Profile, ...]] = {}
    for spec in specs:
        try:
            people[spec.channel] = directory.members(home_team_id, spec.channel, {})
        except SlackRefused as refused:
            found.append(_unread(spec, refused))
    applied = []
    with ports.store.write() as tx:
        for spec in specs:
            if spec.channel not in people:
                continue
            try:
                setting = _setting(tx, home_team_id, spec.channel, people[spec.channel])
                applied.append(apply(tx, ports, spec, setting, None))
            except InvalidForm as refused:
                found += refused.faults
        if found:
            raise InvalidForm(tuple(sorted(found, key=lambda each: each.line or 0)))
    return tuple(applied)


def send_test(ports: Ports, home_team_id: TeamId, channel_id: ChannelId, person: Person) -> None:
    """Send a person a pulse that stores nothing, as a direct message. Raises NotHere for a stranger."""
    with ports.store.write() as tx:
        partnership = permitted(tx, home_team_id, channel_id, person, Deed.TRY_A_PULSE).partnership
        items = choose(ports.bank, partnership.id, partnership.rounds + 1)
        tx.outbox.add(
            Outgoing(
                key=DeliveryKey(new_id("test-pulse")),
                kind=MessageKind.TEST_PULSE,
                team_id=home_team_id,
                partnership_id=partnership.id,
                user_id=person.user_id,
                due_at=ports.clock.now(),
                body={
                    "partnership": partnership.name,
                    "organisations": list(partnership.names),
                    "people": partnership.promise.whole_people,
                    "questions": [each.words(len(partnership.organisations)) for each in items],
                },
            )
        )


def _setting(
    tx: Transaction, home_team_id: TeamId, channel_id: ChannelId, profiles: Sequence[Profile] | None = None
) -> Setting:
    """The channel as it is. Without fresh profiles: those kept of it, and for the others what the roster says."""
    current = tx.partnerships.in_channel(home_team_id, channel_id)
    roster = NOBODY if current is None else tx.people.roster(current.id)
    if profiles is None:
        kept = {each.person: each for each in tx.notebook.profiles(home_team_id, channel_id)}
        of_roster = {each.person: Profile(person=each.person, name=each.name) for each in roster.members}
        profiles = [kept.get(person, profile) for person, profile in of_roster.items()] or list(kept.values())
    return Setting(
        home_team_id=home_team_id,
        profiles=tuple(profiles),
        current=current,
        roster=roster,
        first_block=0 if current is None else first_block(tx, current),
        last_opened_at=tx.partnerships.last_opened_in(home_team_id, channel_id),
    )


def _permit(setting: Setting, person: Person) -> None:
    """Who may set up: a new partnership anybody of the host's workspace, an existing one its administrators.

    Whoever was not seen in the channel hears the same whether or not there is a partnership.
    """
    if all(each.person != person for each in setting.profiles):
        raise refused(Deed.SET_UP) if person.team_id != setting.home_team_id else NotNow(_NOT_SEEN)
    host = of_workspace(setting.home_team_id, setting.profiles)
    if setting.current is None:
        permit(Deed.SET_UP, person, host)
    else:
        permit(Deed.CHANGE_THE_SET_UP, person, able(setting.current, setting.roster, host))


def _draft(tx: Transaction, home_team_id: TeamId, draft_id: DraftId, person: Person) -> tuple[Draft, Setting]:
    """A form that the person is filling in and still may."""
    draft = own_draft(tx, draft_id, DraftKind.SET_UP, person, _GONE)
    setting = _setting(tx, home_team_id, draft.channel_id)
    _permit(setting, person)
    return draft, setting


def _faults(ports: Ports, spec: PartnershipSpec, setting: Setting) -> tuple[FieldFault, ...]:
    placed = belongings(spec, setting.profiles, setting.until_now(spec))
    return (
        *faults(spec, ports.holidays.known_region),
        *people_faults(spec, setting.profiles, placed, setting.home_team_id),
        *removals(spec, setting),
    )


def _form(draft_id: DraftId, spec: PartnershipSpec, setting: Setting) -> Form:
    placed = belongings(spec, setting.profiles, setting.until_now(spec))
    people = sorted(
        (each for each in setting.profiles if not each.is_bot), key=lambda each: (each.name.casefold(), each.person)
    )

    where = {each: placed[each.person.user_id].organisation for each in people}
    assigned = {user for each in spec.organisations for user in each.members}
    return Form(
        draft_id=draft_id,
        spec=spec,
        sides=tuple(
            tuple(each for each in people if where[each] == number) for number in range(len(spec.organisations))
        ),
        by_hand=tuple(each for each in people if where[each] is None or each.person.user_id in assigned),
    )


def _unread(spec: PartnershipSpec, refused: SlackRefused) -> FieldFault:
    reason = f"Slack does not tell who is in {spec.channel} ({refused.reason}). Is the bot in the channel?"
    return FieldFault(field="channel", reason=reason, line=spec.line("channel"))
