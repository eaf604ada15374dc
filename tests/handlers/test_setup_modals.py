"""The set-up on the screen: real payloads through Bolt, modals that Slack would take, and what people then see."""

from collections.abc import Iterator

import pytest

from bot.domain.ids import DeliveryKey
from bot.domain.outbox import MessageKind, Outgoing
from bot.domain.people import Role
from bot.services import roles
from storage.engine import Database
from tests.builders import CHANNEL, EXT, HOME, person, stage
from tests.handlers.setup_screens import COLLEAGUE, NAMES, PARTNER, SETTER, VISITOR, Here, Json, newest, profile, seen
from tests.slack_double import SlackDouble


@pytest.fixture
def here(sqlite: Database) -> Iterator[Here]:
    """A channel of six people a side, into which the bot has just been invited."""
    with stage(sqlite) as on, SlackDouble() as slack:
        people = [person(number, team) for team in (HOME, EXT) for number in range(1, 7)] + [VISITOR]
        slack.world.add_workspace(VISITOR.team_id, name="Visitors")
        for each in people:
            slack.world.add_user(each.user_id, team_id=each.team_id)
        slack.world.add_channel(CHANNEL, members=[each.user_id for each in people])
        with on.ports.store.write() as tx:
            tx.notebook.put_profiles(HOME, CHANNEL, [profile(each) for each in people])
            tx.outbox.add(
                Outgoing(
                    key=DeliveryKey("welcome"),
                    kind=MessageKind.WELCOME,
                    team_id=HOME,
                    channel_id=CHANNEL,
                    body={},
                    due_at=on.clock.now(),
                )
            )
        stood = Here(on, slack)
        yield stood
        stood.deps.threads.shutdown()


def test_from_the_welcome_to_the_test_pulse(here: Here) -> None:
    here.set_up()
    partnership, people = here.now()
    assert partnership.names == ("Brightbuild", "Northfield Council")
    assert people.holding(Role.ADMINISTRATOR) == (person(1),)
    assert here.submit(SETTER) == {}  # "Send me a test pulse"
    told = [each.text.splitlines()[0] for each in here.posts()[1:]]
    assert told == [
        "*Northfield Schools is set up.* The first pulse under this set-up comes "
        "<!date^1779181200^{date_long_pretty}, {time}|Tuesday 19 May, 10:00>.",
        "*Brightbuild: please say who your leads and seniors are.* One of you confirms them for all of you.",
        "*Northfield Council has named its leads and seniors.* Name U0H01 did this.",
    ]
    [dm] = here.slack.dms(SETTER)
    assert "Nothing here is stored" in dm.text


def test_the_check_says_what_will_be_before_anything_is_sent(here: Here) -> None:
    here.command(SETTER)
    here.submit(SETTER, NAMES)
    here.submit(SETTER)
    here.submit(SETTER)
    told = seen(here.view(SETTER))
    assert "Tuesday 19 May, 10:00" in told
    assert "Brightbuild (6 people) and Northfield Council (6 people)" in told
    assert "Slack offers `/pulse` to people of Northfield Council only" in told
    assert "in most weeks. Organisations are never shown apart" in told
    assert "post, invite and more" in told
    assert len(here.posts()) == 1


def test_what_nobody_touched_stays_as_it_was_prefilled(here: Here) -> None:
    here.command(SETTER)
    assert here.submit(SETTER, NAMES) == {}
    for _ in range(2):
        assert here.submit_untouched(SETTER) == {}
    here.submit(SETTER)
    partnership, _ = here.now()
    assert partnership.names == ("Brightbuild", "Northfield Council")
    assert partnership.cadence.timezone == "Europe/London"
    here.command(SETTER)
    for _ in range(3):
        assert here.submit_untouched(SETTER) == {}
    here.submit(SETTER)
    assert here.now()[0] == partnership


def test_somebody_nobody_could_place_is_placed_by_a_tick(here: Here) -> None:
    here.command(SETTER)
    here.submit(SETTER, NAMES)
    here.submit(SETTER)
    here.submit(SETTER, {"organisations[1].members": [VISITOR.user_id]})
    assert "Brightbuild (7 people)" in seen(here.view(SETTER))
    here.submit(SETTER)
    member = here.now()[1].member(VISITOR)
    assert member is not None
    assert member.explicit


@pytest.mark.parametrize(
    ("steps", "entered", "beside"),
    [
        (0, {**NAMES, "organisations[0].name": "Brightbuild"}, {"organisations[0].name", "organisations[1].name"}),
        (0, {**NAMES, "organisations[1].email_domains": "brightbuild"}, {"organisations[1].email_domains"}),
        (0, {**NAMES, "more": "Investor"}, {"more"}),
        (1, {"timezone": "Mars/Olympus"}, {"timezone"}),
        (1, {"pulse.open_working_days": "9"}, {"pulse.open_working_days"}),
        (1, {"timezone": "Mars/Olympus", "regions": "GB-XX"}, {"timezone", "regions"}),
    ],
)  # fmt: skip
def test_errors_stand_beside_their_fields_and_the_form_stays(
    here: Here, steps: int, entered: Json, beside: set[str]
) -> None:
    here.command(SETTER)
    for given in [NAMES] * steps:
        here.submit(SETTER, given)
    before = here.view(SETTER)["callback_id"]
    assert here.submit(SETTER, entered).keys() == beside
    assert here.view(SETTER)["callback_id"] == before


@pytest.mark.parametrize(("user", "says"), [(PARTNER, "Only people of the workspace that installed me")])
def test_a_partners_click_on_set_up_is_answered_with_who_may(here: Here, user: str, says: str) -> None:
    here.click(user, "set_up", here.posts()[0])
    assert says in here.slack.ephemerals(user)[-1].text
    assert here.slack.views_of(user) == []


def test_a_forged_form_of_somebody_else_changes_nothing(here: Here) -> None:
    here.command(SETTER)
    theirs = here.view(SETTER)["private_metadata"]
    here.command(COLLEAGUE)
    payload = here.slack.person(COLLEAGUE).submits(here.view(COLLEAGUE), NAMES)
    payload["view"]["private_metadata"] = theirs
    answer = here.send(payload)
    assert "This form is no longer kept" in seen(answer["view"])


@pytest.mark.parametrize("forged", ["", "{}", "nonsense", '{"draft":7}', '{"draft":"draft-forged"}'])
@pytest.mark.parametrize("steps", range(5))
def test_hidden_fields_that_were_tampered_with_change_nothing(here: Here, forged: str, steps: int) -> None:
    here.command(SETTER)
    for given in [NAMES, {}, {}, {}][:steps]:
        here.submit(SETTER, given)
    before = len(here.posts())
    payload = here.slack.person(SETTER).submits(here.view(SETTER), {} if steps else NAMES)
    payload["view"]["private_metadata"] = forged
    assert here.send(payload)["response_action"] == "update"
    assert len(here.posts()) == before
    assert here.slack.dms(SETTER) == []


def test_an_organisation_confirms_its_own_leads_and_seniors(here: Here) -> None:
    here.set_up()
    here.click("U0E05", "confirm_roles", newest(here, "Brightbuild: please say"))
    assert here.submit("U0E05", {"leads": ["U0E03"]}) == {}
    partnership, people = here.now()
    assert roles.active(partnership, people, Role.LEAD) == (person(3, EXT), person(1))
    assert roles.active(partnership, people, Role.SENIOR) == (person(2, EXT), person(2))
    assert "Name U0E05 did this" in here.posts()[-1].text


def test_a_confirmation_that_nobody_touched_confirms_the_proposal(here: Here) -> None:
    here.set_up()
    here.click("U0E05", "confirm_roles", newest(here, "Brightbuild: please say"))
    assert here.submit_untouched("U0E05") == {}
    assert roles.active(*here.now(), Role.LEAD) == (person(1, EXT), person(1))


def test_the_other_side_is_told_who_confirms(here: Here) -> None:
    here.set_up()
    here.click(SETTER, "confirm_roles", newest(here, "Brightbuild: please say"))
    assert here.slack.ephemerals(SETTER)[-1].text == (
        "Only people of Brightbuild can confirm who speaks for Brightbuild."
    )


@pytest.mark.parametrize("forged", ["{}", '{"channel":"C0ELSE","organisation":"org-x"}', "nonsense"])
def test_a_forged_confirmation_changes_nothing(here: Here, forged: str) -> None:
    here.set_up()
    here.click("U0E05", "confirm_roles", newest(here, "Brightbuild: please say"))
    payload = here.slack.person("U0E05").submits(here.view("U0E05"))
    payload["view"]["private_metadata"] = forged
    assert here.send(payload)["response_action"] == "update"
    assert not roles.holds(*here.now(), person(1, EXT), Role.LEAD)


def test_somebody_of_the_other_side_chosen_by_a_forged_payload_is_refused(here: Here) -> None:
    here.set_up()
    here.click("U0E05", "confirm_roles", newest(here, "Brightbuild: please say"))
    payload = here.slack.person("U0E05").submits(here.view("U0E05"))
    payload["view"]["state"]["values"]["leads"]["leads"]["selected_options"] = [{"value": "U0H03"}]
    assert "only people of Brightbuild" in seen(here.send(payload)["view"])
    assert not roles.holds(*here.now(), person(3), Role.LEAD)


def test_the_test_pulse_comes_to_the_one_who_asked_and_stores_nothing(here: Here) -> None:
    here.set_up()
    here.click(PARTNER, "test_pulse", newest(here, "is set up"))
    here.posts()
    [dm] = here.slack.dms(PARTNER)
    assert "on its way to you" in here.slack.ephemerals(PARTNER, CHANNEL)[-1].text
    here.click(PARTNER, "test_answer_2_4", dm)
    assert here.slack.ephemerals(PARTNER)[-1].text == "This was a test: nothing was stored."
    assert here.slack.dms(COLLEAGUE) == []
