"""What the tests of setting up share: a channel as Slack tells of it, what is asked for it, and what became of it."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from sqlalchemy import select

from bot.domain.ids import ChannelId, OrganisationId, TeamId, UserId
from bot.domain.outbox import MessageKind
from bot.domain.partnership import Partnership, Roster
from bot.domain.people import Person, Profile
from bot.domain.spec import OrganisationSpec, PartnershipSpec
from bot.domain.spec_form import Step
from bot.services import setup
from bot.services.ports import SlackRefused
from bot.services.setup_apply import Applied
from storage.tables import outbox
from tests.builders import CHANNEL, EXT, HOME, TUESDAY, Stage, person

SETTER = person(1)
BOT = Person(team_id=HOME, user_id=UserId("U0BOT"))
STRAY = Person(team_id=HOME, user_id=UserId("U0STRAY"))


def profile(of: Person, **changes: object) -> Profile:
    """Somebody with the address of the own organisation: the council is at home, the builder outside."""
    domain = "northfield.gov.uk" if of.team_id == HOME else "brightbuild.co.uk"
    given = {"person": of, "name": f"Name {of.user_id}", "email": f"{of.user_id.lower()}@{domain}", **changes}
    return Profile(**given)  # type: ignore[arg-type]  # the caller's fields are Profile's own


def in_channel(each: int = 6) -> tuple[Profile, ...]:
    """The bot, so many people of each side, and one of whom nobody can tell where they belong."""
    people = [profile(person(number, team)) for team in (HOME, EXT) for number in range(1, each + 1)]
    return (*people, profile(BOT, is_bot=True), profile(STRAY, email="stray@gmail.com"))


def spec(**changes: object) -> PartnershipSpec:
    """Northfield Schools: two organisations told apart by domain, each with a lead and a senior."""
    council = OrganisationSpec(
        name="Northfield Council",
        email_domains=("northfield.gov.uk",),
        host=True,
        leads=(UserId("U0H01"),),
        seniors=(UserId("U0H02"),),
    )
    builder = OrganisationSpec(
        name="Brightbuild",
        email_domains=("brightbuild.co.uk",),
        leads=(UserId("U0E01"),),
        seniors=(UserId("U0E02"),),
    )
    given = {"name": "Northfield Schools", "channel": CHANNEL, "organisations": (council, builder), **changes}
    return PartnershipSpec(**given)  # type: ignore[arg-type]  # the caller's fields are PartnershipSpec's own


def with_organisation(number: int, asked: PartnershipSpec, **changes: object) -> PartnershipSpec:
    """The spec with one organisation changed."""
    organisations = list(asked.organisations)
    organisations[number] = replace(organisations[number], **changes)  # type: ignore[arg-type]  # its own fields
    return replace(asked, organisations=tuple(organisations))


@dataclass(frozen=True)
class FixedDirectory:
    """Slack's word on who is in which channel, by hand."""

    people: Mapping[ChannelId, tuple[Profile, ...]] = field(default_factory=lambda: {CHANNEL: in_channel()})

    def members(self, team_id: TeamId, channel_id: ChannelId, known: Mapping[UserId, Profile]) -> tuple[Profile, ...]:
        """Who is in the channel; a channel that is not in the table is not the bot's."""
        if channel_id not in self.people:
            raise SlackRefused("not_in_channel")
        return self.people[channel_id]


def seen_by_slack(on: Stage, profiles: tuple[Profile, ...] | None = None) -> None:
    with on.ports.store.write() as tx:
        tx.notebook.put_profiles(HOME, CHANNEL, in_channel() if profiles is None else profiles)


def by_file(on: Stage, *specs: PartnershipSpec, **people: tuple[Profile, ...]) -> tuple[Applied, ...]:
    directory = FixedDirectory(
        {ChannelId(channel): found for channel, found in people.items()} or {CHANNEL: in_channel()}
    )
    return setup.apply_all(on.ports, specs, directory, HOME)


def by_form(on: Stage, asked: PartnershipSpec, by: Person = SETTER) -> Applied:
    """Fill in the form in all its steps and start."""
    form = setup.begin(on.ports, HOME, CHANNEL, by)
    names: dict[str, str | tuple[str, ...] | None] = {"name": asked.name}
    people: dict[str, str | tuple[str, ...] | None] = {}
    for number, each in enumerate(asked.organisations):
        at = f"organisations[{number}]"
        names |= {f"{at}.name": each.name, f"{at}.email_domains": ", ".join(each.email_domains)}
        people |= {f"{at}.leads": each.leads, f"{at}.seniors": each.seniors}
    setup.write(on.ports, HOME, form.draft_id, by, Step.NAMES, names)
    rhythm = {"pulse.weekday": asked.weekday, "pulse.at": asked.at, "timezone": asked.timezone, "regions": "none"}
    setup.write(on.ports, HOME, form.draft_id, by, Step.RHYTHM, rhythm)
    setup.write(on.ports, HOME, form.draft_id, by, Step.PEOPLE, people)
    assert setup.check(on.ports, HOME, form.draft_id, by)["partnership"] == asked.name
    return setup.start(on.ports, HOME, form.draft_id, by)


def now_here(on: Stage) -> tuple[Partnership, Roster]:
    with on.ports.store.read() as tx:
        found = tx.partnerships.in_channel(HOME, CHANNEL)
        assert found is not None
        return found, tx.people.roster(found.id)


def named(partnership: Partnership, name: str) -> OrganisationId:
    return next(each.id for each in partnership.organisations if each.name == name)


def kinds(on: Stage) -> list[str]:
    """Everything that was ever put into the outbox, in order."""
    with on.database.engine.connect() as connection:
        return list(connection.execute(select(outbox.c.kind).order_by(outbox.c.seq)).scalars())


def bodies(on: Stage, kind: MessageKind) -> list[dict[str, object]]:
    query = select(outbox.c.body).where(outbox.c.kind == kind).order_by(outbox.c.seq)
    with on.database.engine.connect() as connection:
        return list(connection.execute(query).scalars())


def asked_once(on: Stage) -> None:
    """A first regular round was opened."""
    partnership, _ = now_here(on)
    with on.ports.store.write() as tx:
        tx.partnerships.save(replace(partnership, rounds=1, regular_rounds=1, last_opened_at=TUESDAY))
