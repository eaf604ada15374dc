"""Forms that are filled in over several screens. Only its author sees one again, and only as what it is."""

from enum import StrEnum

from bot.domain.errors import TooLate
from bot.domain.ids import DraftId
from bot.domain.people import Person
from bot.services.identity import new_id
from bot.services.ports import Draft, Transaction


class DraftKind(StrEnum):
    """What a form is for, as its id begins."""

    SET_UP = "draft"
    ESCALATION = "e"  # the id stays that of the escalation once it is sent


def new_draft_id(kind: DraftKind) -> DraftId:
    """An id for a form that is being begun."""
    return DraftId(new_id(kind))


def own_draft(tx: Transaction, draft_id: DraftId, kind: DraftKind, person: Person, gone: str) -> Draft:
    """A person's form of this kind; the id came from outside. Raises TooLate with `gone` for anything else."""
    draft = tx.notebook.draft(draft_id) if draft_id.startswith(f"{kind}-") else None
    if draft is None or draft.author != person:
        raise TooLate(gone)
    return draft
