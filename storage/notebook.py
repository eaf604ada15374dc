"""Small things: drafts of forms, events already seen, people of a channel that is not set up yet."""

import datetime as dt
import json
from collections.abc import Sequence

from sqlalchemy import Connection, delete, select

from bot.domain.ids import ChannelId, DraftId, TeamId
from bot.domain.people import Person, Profile
from bot.services.ports import Draft, Vault
from storage.tables import channel_profiles, drafts, seen_events
from storage.upsert import insert_new, put

EVENTS_KEPT_FOR = dt.timedelta(days=1)  # Slack gives up after its third retry, five minutes later
DRAFTS_KEPT_FOR = dt.timedelta(days=7)


class SqlNotebook:
    """bot.services.ports.Notebook over one connection."""

    def __init__(self, connection: Connection, vault: Vault) -> None:
        self._connection = connection
        self._vault = vault

    def seen(self, event_id: str, at: dt.datetime) -> bool:
        """Whether the event was seen before; notes it."""
        self._connection.execute(delete(seen_events).where(seen_events.c.seen_at < at - EVENTS_KEPT_FOR))
        row = {"event_id": event_id, "seen_at": at}
        return not insert_new(self._connection, seen_events, row, [seen_events.c.event_id])

    def put_draft(self, draft: Draft, at: dt.datetime) -> None:
        """Keep a form that is being filled in; replaces its earlier state."""
        row = {
            "id": draft.id,
            "team_id": draft.author.team_id,
            "user_id": draft.author.user_id,
            "channel_id": draft.channel_id,
            "body": dict(draft.body),
            "saved_at": at,
        }
        put(self._connection, drafts, row, [drafts.c.id])

    def draft(self, draft_id: DraftId) -> Draft | None:
        """A form that is being filled in."""
        row = self._connection.execute(select(drafts).where(drafts.c.id == draft_id)).first()
        if row is None:
            return None
        author = Person(team_id=row.team_id, user_id=row.user_id)
        return Draft(id=row.id, author=author, channel_id=row.channel_id, body=row.body)

    def drop_draft(self, draft_id: DraftId) -> None:
        """Forget a form."""
        self._connection.execute(delete(drafts).where(drafts.c.id == draft_id))

    def forget_drafts(self, at: dt.datetime) -> None:
        """Delete forms that were begun a week before and not sent."""
        self._connection.execute(delete(drafts).where(drafts.c.saved_at < at - DRAFTS_KEPT_FOR))

    def drafts_of(self, person: Person, channel_id: ChannelId) -> tuple[Draft, ...]:
        """The forms about a channel that a person has begun."""
        own = (drafts.c.team_id == person.team_id, drafts.c.user_id == person.user_id)
        query = select(drafts).where(*own, drafts.c.channel_id == channel_id).order_by(drafts.c.saved_at, drafts.c.id)
        return tuple(
            Draft(id=row.id, author=person, channel_id=row.channel_id, body=row.body)
            for row in self._connection.execute(query)
        )

    def put_profiles(self, team_id: TeamId, channel_id: ChannelId, profiles: Sequence[Profile]) -> None:
        """Keep who is in a channel, for prefilling its form; sealed, for it holds names and addresses."""
        text = json.dumps(
            [
                [each.person.team_id, each.person.user_id, each.name, each.email, each.is_bot, each.is_workspace_admin]
                for each in profiles
            ]
        )
        row = {"place": _place(team_id, channel_id), "sealed_profiles": self._vault.seal(text)}
        put(self._connection, channel_profiles, row, [channel_profiles.c.place])

    def forget_profiles(self, team_id: TeamId) -> None:
        """Delete what a workspace was told of who is in its channels."""
        its = channel_profiles.c.place.startswith(_place(team_id, ChannelId("")), autoescape=True)
        self._connection.execute(delete(channel_profiles).where(its))

    def profiles(self, team_id: TeamId, channel_id: ChannelId) -> tuple[Profile, ...]:
        """Who was in a channel when the workspace last asked Slack."""
        query = select(channel_profiles.c.sealed_profiles).where(
            channel_profiles.c.place == _place(team_id, channel_id)
        )
        sealed = self._connection.execute(query).scalar_one_or_none()
        if sealed is None:
            return ()
        return tuple(
            Profile(
                person=Person(team_id=team, user_id=user), name=name, email=email, is_bot=bot, is_workspace_admin=admin
            )
            for team, user, name, email, bot, admin in json.loads(self._vault.open(bytes(sealed)))
        )


def _place(team_id: TeamId, channel_id: ChannelId) -> str:
    """What one workspace's token sees of a channel (addresses, administrators) is not another's to see."""
    return f"{team_id}/{channel_id}"
