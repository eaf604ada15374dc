"""One of everything that a partnership can hold, and every id by which somebody elsewhere could name it."""

import datetime as dt
from collections.abc import Mapping

from bot.domain.alert_release import ReleasedAlert, Size
from bot.domain.alerts import OwnedAlert
from bot.domain.anonymity import Scope
from bot.domain.ids import AlertId, OrganisationId, UserId
from bot.domain.partnership import Partnership
from bot.domain.people import Person
from bot.services import actions, comments, escalation, milestones, setup
from bot.views.ids import answer_value
from storage.engine import Database
from storage.unit_of_work import metadata
from tests.builders import Stage


def one_of_everything(
    on: Stage,
    made: Partnership,
    planted: str,
    *,
    lead: Person,
    administrator: Person,
    author: Person,
    owners: Mapping[OrganisationId, UserId],
) -> dict[str, str]:
    """All of it in a partnership whose round is open, with a word in every text that nobody elsewhere may read."""
    ports, home, channel = on.ports, made.home_team_id, made.channel_id
    with ports.store.read() as tx:
        asked = tx.rounds.current(made.id)
        assert asked is not None
    comments.write(ports, home, channel, author, asked.id, f"{planted} is late.")
    milestones.keep(
        ports, home, channel, lead, None, {"title": f"{planted} opens", "on": "2026-06-02", "kind": "delivery"}
    )
    (kept,) = milestones.board(ports, home, channel, lead).coming
    words = {"what": f"{planted} waits.", "stake": "All.", "tried": "A call."}
    raised, unsent = (escalation.preview(ports, home, channel, author, words).draft_id for _ in range(2))
    assert escalation.send(ports, home, raised, author) is None
    due_on = on.clock.now().date() + dt.timedelta(days=3)
    agreed = actions.agree(ports, home, channel, lead, text=f"{planted} is called.", due_on=due_on, owners=owners)
    alert = told_alert(on, made, AlertId(f"a-{made.id}"))
    with ports.store.write() as tx:
        tx.alerts.add(alert)
    return {
        "channel": channel,
        "round": asked.id,
        "milestone": kept.id,
        "escalation": raised,
        "draft": unsent,
        "set-up": setup.begin(ports, home, channel, administrator).draft_id,
        "action": agreed.id,
        "alert": alert.id,
        "organisation": made.organisations[0].id,
        "partnership": made.id,
        "answer": answer_value(asked.id, asked.items[0], 5),
    }


def told_alert(on: Stage, made: Partnership, alert_id: AlertId, dimension: str = "trust") -> OwnedAlert:
    """An alert that the seniors of a partnership have and nobody has taken."""
    fallen, other = (Scope(each.id) for each in made.organisations)
    with on.ports.store.read() as tx:
        asked = tx.rounds.current(made.id)
        assert asked is not None
    return OwnedAlert(
        id=alert_id,
        partnership_id=made.id,
        round_id=asked.id,
        released=ReleasedAlert(dimension=dimension, scope=fallen, size=Size.LOWER, people=None, unchanged=(other,)),
        since_block=1,
        since_on=on.clock.now().date(),
        block=1,
        raised_at=on.clock.now(),
        told_at=on.clock.now(),
    )


def all_kept(database: Database) -> set[str]:
    """All rows of all tables, but for the rosters that are wanted: reading one changes nothing for anybody."""
    with database.reading() as connection:
        return {
            f"{table.name} {row}"
            for table in metadata.sorted_tables
            if table.name != "wanted_rosters"
            for row in connection.execute(table.select())
        }
