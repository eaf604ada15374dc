"""The demonstration's people: ten of a council, ten of a contractor, and what they are like."""

import random
from collections.abc import Mapping
from dataclasses import dataclass

from bot.adapters.stand_in import StandInUser

CHANNEL = "C01NORTH"
OTHER_CHANNEL = "C02HARBOUR"
COUNCIL = "Northfield Council"
BUILDER = "Brightbuild"

_COUNCIL_PEOPLE = (
    "Alice Moore", "Ben Carter", "Chitra Patel", "Daniel Hughes", "Efua Mensah",
    "Fiona Grant", "George Lamb", "Hannah Price", "Imran Shah", "Joan Ellis",
)  # fmt: skip
_BUILDER_PEOPLE = (
    "Karl Jensen", "Lucy Webb", "Marek Nowak", "Nina Rossi", "Owen Bell",
    "Priya Nair", "Quentin Foss", "Rosa Lind", "Sam Okafor", "Tessa Vale",
)  # fmt: skip


def _people(names: tuple[str, ...], domain: str, first: int) -> tuple[StandInUser, ...]:
    return tuple(
        StandInUser(id=f"U{number:02}", name=name, email=f"{name.lower().replace(' ', '.')}@{domain}")
        for number, name in enumerate(names, first)
    )


COUNCIL_USERS = _people(_COUNCIL_PEOPLE, "northfield.gov.uk", 1)
BUILDER_USERS = _people(_BUILDER_PEOPLE, "brightbuild.co.uk", 11)
USERS = (*COUNCIL_USERS, *BUILDER_USERS)

SPEC = f"""\
partnerships:
  - name: Northfield Schools
    channel: {CHANNEL}
    timezone: Europe/London
    pulse: {{every: week, weekday: tuesday, at: "10:00", open_working_days: 2, team_first_working_days: 2}}
    organisations:
      - {{name: {BUILDER}, email_domains: [brightbuild.co.uk], region: GB-ENG, leads: [U11, U14], seniors: [U12, U16]}}
      - name: {COUNCIL}
        email_domains: [northfield.gov.uk]
        region: GB-ENG
        host: true
        leads: [U01, U06]
        seniors: [U02, U07]
    administrators: [U03]
"""

GOOD = (
    "Good week, the site team told us about the delay before we had to ask",
    "The joint meeting was short and useful, decisions were made in the room",
    "Thanks to everybody who sorted out the boiler over the weekend",
    "We planned the hand-over together and it shows",
    "Much easier to reach the right person since the new rota",
)
BAD = (
    "Another late change order, nobody told us until it was done",
    "Still waiting for an answer on the drawings, three weeks now",
    "We hear one thing in the meeting and another on site",
    "I no longer feel able to raise problems without being blamed",
    "Promised dates slip and we find out from the subcontractor",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Temper:
    """What one simulated person is like: a usual score, how often they answer, how often they comment."""

    usual: float
    answers: float
    comments: float


def tempers(dice: random.Random) -> Mapping[str, Temper]:
    """A temper for everybody, drawn once."""
    return {
        user.id: Temper(usual=dice.gauss(4.0, 0.4), answers=dice.uniform(0.65, 0.95), comments=dice.uniform(0.1, 0.5))
        for user in USERS
    }


def is_worried(week: int, user_id: str) -> bool:
    """Whether a comment of this week is about what goes wrong: while trust dips, most people write of it."""
    return 6 <= week <= 8 and (
        any(user.id == user_id for user in COUNCIL_USERS) or user_id in {"U13", "U15", "U17", "U19"}
    )


def mood_of(week: int, user_id: str, dimension: str) -> float:
    """How much lower a week makes a score: the council's trust dips in weeks 6 to 9 of the story and recovers."""
    is_council = any(user.id == user_id for user in COUNCIL_USERS)
    dips = {6: 0.8, 7: 1.3, 8: 1.2, 9: 0.7}
    if dimension == "trust" and is_council:
        return dips.get(week, 0.0)
    return 0.4 if dimension == "communication" and week in dips else 0.0


def score_of(temper: Temper, lower_by: float, dice: random.Random) -> int | None:
    """One answer: 1 to 5, now and then "can't say"."""
    if dice.random() < 0.04:
        return None
    return min(5, max(1, round(temper.usual - lower_by + dice.gauss(0, 0.6))))
