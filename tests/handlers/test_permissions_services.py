"""Every service that does something for a person asks the table itself, whatever has been asked before it."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from types import MappingProxyType

import pytest

from bot.domain import permissions
from bot.domain.errors import NotAllowed, NotHere
from bot.domain.escalation import Move
from bot.domain.ids import (
    ActionId,
    AlertId,
    ChannelId,
    DraftId,
    EscalationId,
    MilestoneId,
    RoundId,
    TeamId,
)
from bot.domain.people import Person
from bot.domain.permissions import PERMISSIONS, Deed
from bot.domain.spec_form import Step
from bot.services import (
    actions,
    alert_owners,
    alerts,
    answers,
    celebrations,
    comments,
    escalation,
    escalation_moves,
    escalation_record,
    hub,
    life,
    milestone_words,
    milestones,
    own_data,
    roles,
    rounds,
    setup,
    thanks,
)
from bot.services.escalation_moves import Wish
from bot.services.ports import Ports
from tests.builders import BUILDER, CHANNEL, COUNCIL, HOME
from tests.handlers.asking import Asking
from tests.handlers.two_partnerships import (
    ADMINISTRATOR,
    AUTHOR,
    EMPTY,
    FAR_MEMBER,
    FAR_OWNER,
    LEAD,
    MEMBER,
    OWNER,
    SENIOR,
)

_WORDS = {"what": "The rota moved.", "stake": "The opening.", "tried": "A call."}
_OWNERS = {COUNCIL: OWNER.user_id, BUILDER: FAR_OWNER.user_id}
_PLAN = {"title": "The hall opens", "on": "2026-07-01", "kind": "delivery"}
_VIEW, _RAISE = Wish(move=Move.ADD_VIEW, text="So do we."), Wish(move=Move.RAISE)


@dataclass(frozen=True, slots=True, kw_only=True)
class At:
    """Somebody in a channel, and the ids of what is in the first partnership."""

    ports: Ports
    channel: ChannelId
    who: Person
    ids: Mapping[str, str]

    @property
    def here(self) -> tuple[Ports, TeamId, ChannelId, Person]:
        return self.ports, HOME, self.channel, self.who

    @property
    def round_id(self) -> RoundId:
        return RoundId(self.ids["round"])

    @property
    def milestone(self) -> MilestoneId:
        return MilestoneId(self.ids["milestone"])

    @property
    def escalation(self) -> EscalationId:
        return EscalationId(self.ids["escalation"])

    @property
    def set_up(self) -> DraftId:
        return DraftId(self.ids["set-up"])


Does = Callable[[At], object]
SERVICES: tuple[tuple[Deed, Person, Does], ...] = (
    (Deed.LOOK, MEMBER, lambda at: hub.choices(*at.here)),
    (Deed.SEE_RESULTS, MEMBER, lambda at: hub.latest_results(*at.here)),
    (Deed.SEE_OWN_ANSWERS, MEMBER, lambda at: answers.own_round(*at.here)),
    (Deed.COMMENT, MEMBER, lambda at: comments.current(*at.here)),
    (Deed.COMMENT, MEMBER, lambda at: comments.write(*at.here, at.round_id, "It went well.")),
    (Deed.COMMENT, MEMBER, lambda at: comments.remove(*at.here, at.round_id)),
    (Deed.COMMENT, MEMBER, lambda at: comments.allow_quoting(*at.here, at.round_id, seal="", allowed=True)),
    (Deed.THANK, MEMBER, lambda at: thanks.choices(*at.here)),
    (
        Deed.THANK,
        MEMBER,
        lambda at: thanks.say(
            *at.here, about="", thanked=FAR_OWNER.user_id, text="Well done.", behaviour=None, unsigned=False
        ),
    ),
    (Deed.RAISE_A_CONCERN, MEMBER, lambda at: escalation.form(*at.here)),
    (Deed.RAISE_A_CONCERN, MEMBER, lambda at: escalation.preview(*at.here, _WORDS)),
    (Deed.RAISE_A_CONCERN, AUTHOR, lambda at: escalation.send(at.ports, HOME, DraftId(at.ids["draft"]), at.who)),
    (Deed.LIST_ESCALATIONS, MEMBER, lambda at: escalation_record.listed(*at.here)),
    (Deed.SEE_AN_ESCALATION, AUTHOR, lambda at: escalation_record.record(at.ports, at.escalation, at.who)),
    (Deed.ADD_A_VIEW, AUTHOR, lambda at: escalation_record.permit(at.ports, at.escalation, at.who, Move.ADD_VIEW)),
    (Deed.ADD_A_VIEW, AUTHOR, lambda at: escalation_moves.act(at.ports, at.escalation, at.who, _VIEW)),
    (Deed.MOVE_AN_ESCALATION, LEAD, lambda at: escalation_moves.act(at.ports, at.escalation, at.who, _RAISE)),
    (Deed.SEE_OWN_DATA, MEMBER, lambda at: own_data.held(*at.here)),
    (Deed.FORGET_ME, MEMBER, lambda at: own_data.held(*at.here, Deed.FORGET_ME)),
    (Deed.FORGET_ME, MEMBER, lambda at: own_data.forget(*at.here)),
    (Deed.START_AN_EXTRA_PULSE, LEAD, lambda at: rounds.open_extra(*at.here)),
    (Deed.PLAN_MILESTONES, LEAD, lambda at: milestones.board(*at.here)),
    (Deed.PLAN_MILESTONES, LEAD, lambda at: milestones.one(*at.here, at.milestone)),
    (Deed.PLAN_MILESTONES, LEAD, lambda at: milestones.keep(*at.here, None, _PLAN)),
    (Deed.PLAN_MILESTONES, LEAD, lambda at: milestones.cancel(*at.here, at.milestone)),
    (Deed.SAY_A_WORD, LEAD, lambda at: milestone_words.own_word(at.ports, HOME, at.who, at.milestone)),
    (Deed.SAY_A_WORD, LEAD, lambda at: milestone_words.write_word(at.ports, HOME, at.who, at.milestone, "Well done.")),
    (Deed.CELEBRATE_ANYWAY, LEAD, lambda at: celebrations.celebrate_anyway(at.ports, HOME, at.who, at.milestone)),
    (Deed.AGREE_AN_ACTION, LEAD, lambda at: actions.offer(*at.here)),
    (
        Deed.AGREE_AN_ACTION,
        LEAD,
        lambda at: actions.agree(*at.here, text="We meet.", due_on=at.ports.clock.now().date(), owners=_OWNERS),
    ),
    (Deed.FINISH_AN_ACTION, OWNER, lambda at: actions.mark_done(*at.here, ActionId(at.ids["action"]))),
    (Deed.SEE_ALERTS, SENIOR, lambda at: alerts.of_channel(*at.here)),
    (Deed.TAKE_AN_ALERT, SENIOR, lambda at: alert_owners.take(at.ports, HOME, AlertId(at.ids["alert"]), at.who)),
    (Deed.TAKE_AN_ALERT, SENIOR, lambda at: alert_owners.to_escalate(at.ports, HOME, AlertId(at.ids["alert"]), at.who)),
    (Deed.CONFIRM_ROLES, FAR_MEMBER, lambda at: roles.confirmation(*at.here, BUILDER)),
    (Deed.CONFIRM_ROLES, FAR_MEMBER, lambda at: roles.confirm(*at.here, BUILDER, [FAR_OWNER.user_id], [])),
    (Deed.SET_UP, MEMBER, lambda at: setup.begin(at.ports, HOME, EMPTY, at.who)),
    (Deed.CHANGE_THE_SET_UP, ADMINISTRATOR, lambda at: setup.begin(*at.here)),
    (Deed.CHANGE_THE_SET_UP, ADMINISTRATOR, lambda at: setup.write(at.ports, HOME, at.set_up, at.who, Step.NAMES, {})),
    (Deed.CHANGE_THE_SET_UP, ADMINISTRATOR, lambda at: setup.check(at.ports, HOME, at.set_up, at.who)),
    (Deed.CHANGE_THE_SET_UP, ADMINISTRATOR, lambda at: setup.start(at.ports, HOME, at.set_up, at.who)),
    (Deed.TRY_A_PULSE, MEMBER, lambda at: setup.send_test(*at.here)),
    (Deed.PAUSE, ADMINISTRATOR, lambda at: life.pause(*at.here)),
    (Deed.RESUME, ADMINISTRATOR, lambda at: life.resume(*at.here)),
    (Deed.END, ADMINISTRATOR, lambda at: life.ending(*at.here)),
    (Deed.PAUSE, ADMINISTRATOR, lambda at: life.ending(*at.here, Deed.PAUSE)),
    (Deed.END, ADMINISTRATOR, lambda at: life.end(*at.here)),
)
NAMES = [f"{number} {deed}" for number, (deed, _, _) in enumerate(SERVICES)]


@pytest.mark.parametrize(("deed", "who", "does"), SERVICES, ids=NAMES)
def test_a_service_refuses_whom_the_row_leaves_out(
    asking: Asking, monkeypatch: pytest.MonkeyPatch, deed: Deed, who: Person, does: Does
) -> None:
    empty = replace(PERMISSIONS[deed], who=(), refusal="Nobody may do this.")
    monkeypatch.setattr(permissions, "PERMISSIONS", MappingProxyType({**PERMISSIONS, deed: empty}))
    before = asking.rows()
    with pytest.raises((NotAllowed, NotHere)):
        does(At(ports=asking.on.ports, channel=CHANNEL, who=who, ids=asking.ids))
    assert asking.rows() == before
