"""Thanks across organisations: what may be said, and what stays of it."""

import datetime as dt
from dataclasses import dataclass
from enum import StrEnum

from bot.domain.errors import BadInput
from bot.domain.ids import OrganisationId, PartnershipId, ThanksId
from bot.domain.people import Person

THANKS_MOST = 500  # characters
KEPT_FOR = dt.timedelta(days=731)  # PRIVACY: 24 months


class Behaviour(StrEnum):
    """What somebody did that others can learn from; optional in thanks."""

    KEPT_WORD = "kept_word"
    TOLD_EARLY = "told_early"
    SPOKE_OPENLY = "spoke_openly"
    LISTENED = "listened"
    SOLVED = "solved"
    MADE_CLEAR = "made_clear"


@dataclass(frozen=True, slots=True, kw_only=True)
class Thanks:
    """Thanks as they are kept. `author` is None when they are unsigned: then only the organisation is known.

    `organisation_id` is the author's; None only for signed thanks of somebody whom nobody could place.
    """

    id: ThanksId
    partnership_id: PartnershipId
    author: Person | None
    organisation_id: OrganisationId | None
    thanked: Person
    text: str
    behaviour: Behaviour | None
    said_on: dt.date


def worded(text: str) -> str:
    """What somebody is thanked for, as it will be shown. Raises BadInput with what to do."""
    text = text.strip()
    if not text:
        raise BadInput("Please say in a sentence what made a difference.", field="text")
    if len(text) > THANKS_MOST:
        raise BadInput(f"Please shorten it to {THANKS_MOST} characters; it has {len(text)}.", field="text")
    return text
