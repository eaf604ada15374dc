"""App Home: what a member of the installed workspace finds about the own partnerships, gathered for its view."""

from typing import Any

from bot.domain.cadence import spelled
from bot.domain.ids import TeamId
from bot.domain.partnership import Partnership, State
from bot.domain.people import Person
from bot.domain.permissions import Able, Deed, may
from bot.services import actions, alerts, escalation_record, milestones
from bot.services.permissions import able
from bot.services.ports import Ports, Transaction


def page(ports: Ports, home_team_id: TeamId, person: Person) -> tuple[dict[str, Any], ...]:
    """The partnerships of a person, by name, each with what the person may see there; empty for a stranger."""
    with ports.store.read() as tx:
        found = [each for each in tx.partnerships.of_person(person) if each.home_team_id == home_team_id]
        own = [(each, able(each, tx.people.roster(each.id))) for each in found]
        return tuple(_partnership(tx, ports, each, person, who) for each, who in own if may(Deed.LOOK, person, who))


def _partnership(tx: Transaction, ports: Ports, partnership: Partnership, person: Person, who: Able) -> dict[str, Any]:
    now = ports.clock.now()
    published = tx.publications.latest(partnership.id, 1)
    return {
        "partnership": partnership.name,
        "organisations": list(partnership.names),
        "channel": partnership.channel_id,
        "paused": partnership.state is not State.ACTIVE,
        "dimensions": {each.key: each.name for each in ports.bank.dimensions},
        "open": _open_round(tx, ports, partnership, person),
        "results": published[-1] if published and may(Deed.SEE_RESULTS, person, who) else None,
        "milestones": [
            {"title": each.title, "on": each.on.isoformat()} for each in milestones.coming(tx, partnership, now)
        ],
        "escalations": [
            escalation_record.line(ports, partnership, each)
            for each in escalation_record.own(tx, partnership, person)
            if each.is_open
        ],
        "actions": [
            {"text": each.text, "on": each.due_on.isoformat()}
            for each in actions.open_actions(tx, partnership)
            if person in each.owners.values()
        ],
        "alerts": _alerts(tx, partnership) if may(Deed.SEE_ALERTS, person, who) else [],
        "sets_up": may(Deed.CHANGE_THE_SET_UP, person, who),
    }


def _open_round(tx: Transaction, ports: Ports, partnership: Partnership, person: Person) -> dict[str, Any] | None:
    """The pulse that is open, and how many of its questions this person has not answered yet."""
    asked = tx.rounds.current(partnership.id)
    if asked is None or not asked.is_open(ports.clock.now()):
        return None
    pseudonym = ports.vault.pseudonym(tx.partnerships.sealed_key(partnership.id), person)
    return {
        "number": asked.number,
        "unanswered": len(asked.items) - len(tx.answers.own(asked.id, pseudonym)),
        "closes": spelled(asked.closes_at, partnership.cadence.timezone),
    }


def _alerts(tx: Transaction, partnership: Partnership) -> list[dict[str, Any]]:
    """Open alerts, with who owns them."""
    return [
        {
            "dimension": each.dimension,
            "scope": None if each.organisation is None else each.scope,
            "since": each.since.isoformat(),
            "owner": each.owner and each.owner.user_id,
        }
        for each in alerts.open_alerts(tx, partnership)
    ]
