"""The database as a whole, the writer of answers, and all ports together."""

import asyncio
import random
from collections.abc import Collection
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from typing import Protocol

from bot.domain.ids import ItemId, PartnershipId
from bot.domain.questions import QuestionBank
from bot.domain.rounds import Click, Saved
from bot.services.ports.actions import Actions
from bot.services.ports.alerts import Alerts
from bot.services.ports.escalations import Escalations
from bot.services.ports.installations import Installations
from bot.services.ports.milestones import Milestones
from bot.services.ports.outside import Clock, Holidays, Meter, SentimentReader, Unmetered, Vault
from bot.services.ports.repositories import (
    Answers,
    Notebook,
    Outbox,
    Partnerships,
    People,
    Publications,
    Rounds,
    Schedule,
)


class Transaction(Protocol):
    """One transaction and what can be done in it."""

    @property
    def partnerships(self) -> Partnerships: ...
    @property
    def people(self) -> People: ...
    @property
    def rounds(self) -> Rounds: ...
    @property
    def answers(self) -> Answers: ...
    @property
    def publications(self) -> Publications: ...
    @property
    def outbox(self) -> Outbox: ...
    @property
    def schedule(self) -> Schedule: ...
    @property
    def notebook(self) -> Notebook: ...
    @property
    def alerts(self) -> Alerts: ...
    @property
    def milestones(self) -> Milestones: ...
    @property
    def escalations(self) -> Escalations: ...
    @property
    def actions(self) -> Actions: ...
    @property
    def installations(self) -> Installations: ...
    def prefetch(self, ids: Collection[PartnershipId]) -> None:
        """Read at once what work on many partnerships asks for; they stay as they are until the transaction ends."""
        ...


class Store(Protocol):
    """The database: `write()` commits at the end of the block or not at all; `read()` never writes."""

    def write(self) -> AbstractContextManager[Transaction]: ...
    def read(self) -> AbstractContextManager[Transaction]: ...

    @property
    def lets_two_write(self) -> bool:
        """Whether one transaction writes while another does."""
        ...

    def tidy(self) -> int:
        """Clear away what deleted and rewritten answers leave behind, outside any transaction."""
        ...


class AnswerWriter(Protocol):
    """The group-commit writer. Clicks that wait together are stored together."""

    @property
    def is_in_use(self) -> bool:
        """Whether somebody clicked within the last second: then other work makes itself small."""
        ...

    def submit(self, click: Click) -> asyncio.Future[Saved]:
        """From the running loop: a future that is done when the click is durable, or holds the refusal."""
        ...

    def store(self, click: Click) -> Saved:
        """From a thread: return when the click is durable, or raise the refusal."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Ports:
    """Everything a service may use; put together in bot.app alone."""

    store: Store
    writer: AnswerWriter
    clock: Clock
    vault: Vault
    holidays: Holidays
    bank: QuestionBank
    sentiment: SentimentReader
    randomness: random.Random
    operator: str
    meter: Meter = field(default_factory=Unmetered)

    def question(self, item_id: ItemId, organisations: int) -> str:
        """The sentence of a question in a partnership of so many organisations."""
        return self.bank.item(item_id).words(organisations)
