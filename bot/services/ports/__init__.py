"""What the services need from the edges, said as Protocols; storage and the adapters fulfil them."""

from bot.services.ports.alerts import Alerts
from bot.services.ports.escalations import Escalations
from bot.services.ports.installations import Door, Installations, Installed, Tokens
from bot.services.ports.outside import (
    Clock,
    Directory,
    Holidays,
    Messenger,
    Meter,
    SentimentReader,
    SlackBusy,
    SlackRefused,
    Unmetered,
    Vault,
)
from bot.services.ports.records import Backlog, Draft, Due, DueKind, KeptComment, PastAnswer, Published
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
from bot.services.ports.store import AnswerWriter, Ports, Store, Transaction

__all__ = [
    "Alerts",
    "AnswerWriter",
    "Answers",
    "Backlog",
    "Clock",
    "Directory",
    "Door",
    "Draft",
    "Due",
    "DueKind",
    "Escalations",
    "Holidays",
    "Installations",
    "Installed",
    "KeptComment",
    "Messenger",
    "Meter",
    "Notebook",
    "Outbox",
    "Partnerships",
    "PastAnswer",
    "People",
    "Ports",
    "Publications",
    "Published",
    "Rounds",
    "Schedule",
    "SentimentReader",
    "SlackBusy",
    "SlackRefused",
    "Store",
    "Tokens",
    "Transaction",
    "Unmetered",
    "Vault",
]
