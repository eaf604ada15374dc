"""The set-up form: who may fill it in, what it starts with, and a pulse to try."""

from collections.abc import Iterator

import pytest
from sqlalchemy import select

from bot.domain.errors import NotAllowed, NotHere, NotNow, PulseError, TooLate
from bot.domain.ids import DraftId
from bot.domain.outbox import MessageKind
from bot.domain.people import Member, Person, Profile
from bot.domain.spec_form import Step
from bot.services import setup
from storage.engine import Database
from storage.tables import outbox, wanted_rosters
from tests.builders import CHANNEL, EXT, HOME, Stage, person, stage
from tests.services.setting_up import (
    SETTER,
    STRAY,
    asked_once,
    bodies,
    by_file,
    in_channel,
    kinds,
    now_here,
    profile,
    seen_by_slack,
    spec,
)


@pytest.fixture
def on(sqlite: Database) -> Iterator[Stage]:
    with stage(sqlite) as made:
        yield made


# -- who may -----------------------------------------------------------------------------------------------------------


def test_in_a_channel_just_joined_the_roster_is_asked_for(on: Stage) -> None:
    with pytest.raises(NotNow, match="invite me first"):
        setup.begin(on.ports, HOME, CHANNEL, SETTER)
    with on.database.engine.connect() as connection:
        assert connection.execute(select(wanted_rosters.c.channel_id)).scalars().all() == [CHANNEL]


@pytest.mark.parametrize(
    ("who", "refusal", "says"),
    [
        (person(1, EXT), NotAllowed, "Only people of the workspace that installed me"),
        (person(77), NotNow, "I have not seen you in this channel yet"),
    ],
)
def test_a_partnership_is_set_up_by_people_of_the_host_who_are_in_the_channel(
    on: Stage, who: Person, refusal: type[PulseError], says: str
) -> None:
    seen_by_slack(on)
    with pytest.raises(refusal, match=says):
        setup.begin(on.ports, HOME, CHANNEL, who)


@pytest.mark.parametrize(
    ("who", "refusal", "says"),
    [
        (person(2), NotAllowed, "Only <@U0H01> or an administrator of the workspace"),
        (person(1, EXT), NotAllowed, "Only <@U0H01> or an administrator of the workspace"),
        (person(77), NotHere, "no partnership here"),
    ],
)
def test_an_existing_set_up_is_changed_by_its_administrators_alone(
    on: Stage, who: Person, refusal: type[PulseError], says: str
) -> None:
    by_file(on, spec(administrators=(SETTER.user_id,)))
    with pytest.raises(refusal, match=says):
        setup.begin(on.ports, HOME, CHANNEL, who)


def test_administrators_of_the_hosts_workspace_may_change_it_but_not_those_of_others(on: Stage) -> None:
    by_file(on, spec())
    admins = (profile(person(4), is_workspace_admin=True), profile(person(4, EXT), is_workspace_admin=True))
    seen_by_slack(on, admins)
    assert setup.begin(on.ports, HOME, CHANNEL, person(4)).spec.name == "Northfield Schools"
    with pytest.raises(NotAllowed):
        setup.begin(on.ports, HOME, CHANNEL, person(4, EXT))


@pytest.mark.parametrize("who", [person(2), person(1, EXT)])
def test_a_form_is_its_authors_alone(on: Stage, who: Person) -> None:
    seen_by_slack(on)
    form = setup.begin(on.ports, HOME, CHANNEL, SETTER)
    for call in (setup.check, setup.start):
        with pytest.raises(TooLate):
            call(on.ports, HOME, form.draft_id, who)
    with pytest.raises(TooLate):
        setup.start(on.ports, HOME, DraftId("draft-forged"), who)


def test_a_form_that_became_wrong_meanwhile_starts_nothing(on: Stage) -> None:
    seen_by_slack(on)
    form = setup.begin(on.ports, HOME, CHANNEL, SETTER)
    setup.write(on.ports, HOME, form.draft_id, SETTER, Step.NAMES, {"name": "Northfield Schools"})
    setup.write(on.ports, HOME, form.draft_id, SETTER, Step.PEOPLE, {"organisations[1].leads": ("U0E06",)})
    seen_by_slack(on, in_channel(each=5))
    with pytest.raises(NotNow, match="Nothing was started"):
        setup.start(on.ports, HOME, form.draft_id, SETTER)
    assert kinds(on) == []


# -- prefilling --------------------------------------------------------------------------------------------------------


def prefilled(on: Stage, *profiles: Profile) -> list[tuple[str, str, tuple[str, ...]]]:
    seen_by_slack(on, profiles)
    form = setup.begin(on.ports, HOME, CHANNEL, SETTER)
    return [(each.name, each.team_id, each.email_domains) for each in form.spec.organisations]


def test_organisations_are_guessed_from_several_slack_teams_the_hosts_first(on: Stage) -> None:
    assert prefilled(on, *in_channel()) == [
        ("Northfield", HOME, ("northfield.gov.uk",)),
        ("Brightbuild", EXT, ("brightbuild.co.uk",)),
    ]


def test_in_one_workspace_organisations_are_guessed_from_domains_the_own_first(on: Stage) -> None:
    guests = [profile(person(number), email=f"{number}@south-build.example") for number in range(2, 6)]
    assert prefilled(on, profile(SETTER), *guests, profile(STRAY, email="stray@gmail.com")) == [
        ("Northfield", "", ("northfield.gov.uk",)),
        ("South build", "", ("south-build.example",)),
    ]


def test_there_are_always_two_organisations_to_fill_in(on: Stage) -> None:
    assert prefilled(on, profile(SETTER, email=None)) == [("", "", ()), ("", "", ())]


# -- trying it ---------------------------------------------------------------------------------------------------------


def test_a_test_pulse_goes_to_oneself_and_asks_the_real_questions(on: Stage) -> None:
    by_file(on, spec())
    setup.send_test(on.ports, HOME, CHANNEL, person(3, EXT))
    [body] = bodies(on, MessageKind.TEST_PULSE)
    assert len(body["questions"]) == 3  # type: ignore[arg-type]  # a list of sentences
    with on.database.engine.connect() as connection:
        query = select(outbox.c.user_id, outbox.c.channel_id).where(outbox.c.kind == MessageKind.TEST_PULSE)
        assert connection.execute(query).all() == [("U0E03", None)]


def test_a_stranger_gets_no_test_pulse(on: Stage) -> None:
    by_file(on, spec())
    with pytest.raises(NotHere):
        setup.send_test(on.ports, HOME, CHANNEL, person(77))


def test_a_newcomer_named_by_a_file_counts_towards_no_minimum_in_the_running_block(on: Stage) -> None:
    by_file(on, spec())
    asked_once(on)
    by_file(on, spec(), C0NORTH=in_channel(each=7))
    member = now_here(on)[1].member(person(7))
    assert isinstance(member, Member)
    assert (member.counts_in(1), member.counts_in(2)) == (False, True)
