"""What the partners agreed to do: a sentence, an owner on each side, a day."""

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from bot.domain.errors import FieldFault, InvalidForm
from bot.domain.ids import ActionId, OrganisationId, PartnershipId
from bot.domain.people import Person

TEXT_MOST: Final = 300
_LATEST: Final = dt.timedelta(days=366)


@dataclass(frozen=True, slots=True, kw_only=True)
class AgreedAction:
    """An action as it was agreed; `done_on` is None until one of its owners says that it is done."""

    id: ActionId
    partnership_id: PartnershipId
    text: str
    owners: Mapping[OrganisationId, Person]
    due_on: dt.date
    agreed_on: dt.date
    done_on: dt.date | None = None

    def is_late(self, today: dt.date) -> bool:
        """Whether its day has passed without a word that it is done."""
        return self.done_on is None and today > self.due_on


def checked(
    text: str, due_on: dt.date | None, owners: Mapping[OrganisationId, Person | None], today: dt.date
) -> tuple[str, dt.date, dict[OrganisationId, Person]]:
    """What was filled in, ready to be kept. Raises InvalidForm with a sentence for each field that lacks something."""
    text = " ".join(text.split())
    faults = []
    if not text:
        faults.append(FieldFault(field="text", reason="Please say in a sentence what will be done."))
    elif len(text) > TEXT_MOST:
        reason = f"Please shorten it to {TEXT_MOST} characters; it has {len(text)}."
        faults.append(FieldFault(field="text", reason=reason))
    if due_on is None or not today <= due_on <= today + _LATEST:
        faults.append(FieldFault(field="due_on", reason="Please choose a day from today on, within a year."))
    faults += [
        FieldFault(field=f"owner.{organisation}", reason="Please choose somebody of this organisation.")
        for organisation, person in owners.items()
        if person is None
    ]
    if faults:
        raise InvalidForm(tuple(faults))
    assert due_on is not None
    return text, due_on, {organisation: person for organisation, person in owners.items() if person is not None}
