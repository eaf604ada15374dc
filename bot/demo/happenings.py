"""What happens in the story besides pulses: a milestone with thanks, a concern that is settled, an alert that is "
"owned."""

import datetime as dt
from collections.abc import Callable, Mapping

from bot.adapters.stand_in import TEAM
from bot.app import Product
from bot.demo import cast
from bot.domain.actions import AgreedAction
from bot.domain.escalation import Move
from bot.domain.ids import ChannelId, EscalationId, OrganisationId, TeamId, UserId
from bot.domain.partnership import Partnership
from bot.domain.people import Person
from bot.services import actions, alert_owners, alerts, escalation, milestone_words, milestones, thanks
from bot.services.escalation_moves import Wish, act

CHANNEL = ChannelId(cast.CHANNEL)
_CONCERN = {
    "what": "Since the change of the site rota, dates that we agreed in the joint meeting reach the school after they "
    "have moved.",
    "stake": "Two classes lost a morning, and the heads have stopped planning around our dates.",
    "tried": "We spoke about it twice at the site meeting.",
}


def person(user: str) -> Person:
    """Somebody of the stand-in workspace, which knows one team only."""
    return Person(team_id=TeamId(TEAM), user_id=UserId(user))


class Happenings:
    """Lets each happen once, when its pulse is open; an alert is taken when it is there."""

    def __init__(self, product: Product) -> None:
        self._product = product
        self._place = (product.ports, product.home_team_id, CHANNEL)
        self._concern: EscalationId | None = None
        self._action: AgreedAction | None = None
        self._celebrated = ""
        self._by_pulse: Mapping[int, Callable[[], None]] = {
            3: self._plan_hand_over,
            4: self._words_for_hand_over,
            6: self._thank,
            7: self._raise_concern,
            8: self._settle_concern,
            11: self._act_on_what_was_said,
            12: self._plan_phase_two,
        }

    def while_open(self, number: int) -> None:
        """What happens while this pulse is open."""
        happening = self._by_pulse.get(number)
        if happening is not None:
            happening()

    def take_alert(self) -> None:
        """A senior of the builder takes an alert that nobody has, and the leads agree what to do."""
        ports = self._product.ports
        with ports.store.read() as tx:
            partnership = tx.partnerships.in_channel(self._product.home_team_id, CHANNEL)
            waiting = [] if partnership is None else [a for a in alerts.open_alerts(tx, partnership) if a.owner is None]
        for alert in waiting:
            alert_owners.take(ports, self._product.home_team_id, alert.id, person("U12"))
            if partnership is not None and self._action is None:
                self._action = self._agree(partnership)

    def _agree(self, partnership: Partnership) -> AgreedAction:
        owners: dict[OrganisationId, UserId | None] = {
            each.id: UserId("U01" if each.name == cast.COUNCIL else "U11") for each in partnership.organisations
        }
        return actions.agree(
            *self._place,
            person("U11"),
            text="A call every Monday at nine about dates that are about to move",
            due_on=(self._product.ports.clock.now() + dt.timedelta(days=14)).date(),
            owners=owners,
        )

    def _plan_hand_over(self) -> None:
        on = (self._product.ports.clock.now() + dt.timedelta(days=15)).date()
        self._keep({"title": "Phase 1 handed over", "on": on.isoformat(), "kind": "phase_change"}, "Building", "In use")

    def _plan_phase_two(self) -> None:
        on = (self._product.ports.clock.now() + dt.timedelta(days=20)).date()
        self._keep(
            {"title": "Phase 2 begins on site", "on": on.isoformat(), "kind": "phase_change"}, "Design", "Building"
        )

    def _keep(self, entered: dict[str, str | None], before: str, after: str) -> None:
        milestones.keep(*self._place, person("U11"), None, {**entered, "before": before, "after": after})

    def _words_for_hand_over(self) -> None:
        ports = self._product.ports
        with ports.store.read() as tx:
            partnership = tx.partnerships.in_channel(self._product.home_team_id, CHANNEL)
            coming = () if partnership is None else tx.milestones.coming(partnership.id)
        words = {"U02": "A school that opens on the day we promised.", "U12": "We are proud of how this was done."}
        for milestone in coming:
            self._celebrated = f"milestone:{milestone.id}"
            for user, word in words.items():
                milestone_words.write_word(ports, self._product.home_team_id, person(user), milestone.id, word)

    def _thank(self) -> None:
        thanks.say(
            *self._place,
            person("U04"),
            about=self._celebrated,
            thanked=thanks.handle(person("U13")),
            text="You stayed until the boiler ran, so that the children had a warm hall on Monday.",
            behaviour=None,
            unsigned=False,
        )

    def _raise_concern(self) -> None:
        shown = escalation.preview(*self._place, person("U05"), _CONCERN)
        escalation.send(self._product.ports, self._product.home_team_id, shown.draft_id, person("U05"))
        self._concern = EscalationId(shown.draft_id)
        self._move(Move.ACKNOWLEDGE, "U11")
        self._move(Move.ADD_VIEW, "U11", "Our subcontractor changed the rota; we heard of it a day later ourselves.")

    def _settle_concern(self) -> None:
        self._move(Move.RESOLVE, "U11", "One shared calendar, kept by the site office; a change is told the same day.")
        self._move(Move.CONFIRM, "U01")

    def _move(self, move: Move, user: str, text: str = "") -> None:
        if self._concern is not None:
            act(self._product.ports, self._concern, person(user), Wish(move=move, text=text))

    def _act_on_what_was_said(self) -> None:
        if self._action is not None:
            actions.mark_done(*self._place, person("U01"), self._action.id)
