"""Every message the bot sends by itself, and the function that draws it."""

from collections.abc import Callable, Mapping
from typing import Any

from bot.domain.outbox import MessageKind
from bot.views.actions import draw_action_agreed, draw_action_done
from bot.views.alerts import (
    draw_alert,
    draw_alert_followed,
    draw_alert_noted,
    draw_alert_recovered,
    draw_alert_taken,
    draw_alert_unheard,
    draw_alert_unowned,
)
from bot.views.blocks import Message
from bot.views.channels import draw_ended, draw_paused, draw_resumed, draw_switched_off
from bot.views.digest import draw_digest
from bot.views.escalation_messages import draw_escalation, draw_escalation_news
from bot.views.milestones import draw_milestone, draw_milestone_held, draw_milestone_words
from bot.views.pulse import draw_pulse, draw_pulse_closed, draw_pulse_counter, draw_reminder
from bot.views.results import draw_block_comments, draw_block_results, draw_results
from bot.views.roster import draw_roster_moved, draw_successor_wanted
from bot.views.setup import draw_confirm_roles, draw_roles_confirmed, draw_set_up, draw_test_pulse, draw_welcome
from bot.views.thanks import draw_thanks

_DRAWINGS: Mapping[MessageKind, Callable[[Mapping[str, Any]], Message]] = {
    MessageKind.WELCOME: draw_welcome,
    MessageKind.SET_UP: draw_set_up,
    MessageKind.CONFIRM_ROLES: draw_confirm_roles,
    MessageKind.ROLES_CONFIRMED: draw_roles_confirmed,
    MessageKind.ROSTER_MOVED: draw_roster_moved,
    MessageKind.SUCCESSOR_WANTED: draw_successor_wanted,
    MessageKind.TEST_PULSE: draw_test_pulse,
    MessageKind.PULSE: draw_pulse,
    MessageKind.PULSE_COUNTER: draw_pulse_counter,
    MessageKind.REMINDER: draw_reminder,
    MessageKind.PULSE_CLOSED: draw_pulse_closed,
    MessageKind.RESULTS: draw_results,
    MessageKind.BLOCK_RESULTS: draw_block_results,
    MessageKind.BLOCK_COMMENTS: draw_block_comments,
    MessageKind.ALERT_NOTED: draw_alert_noted,
    MessageKind.ALERT: draw_alert,
    MessageKind.ALERT_TAKEN: draw_alert_taken,
    MessageKind.ALERT_FOLLOWED: draw_alert_followed,
    MessageKind.ALERT_UNOWNED: draw_alert_unowned,
    MessageKind.ALERT_RECOVERED: draw_alert_recovered,
    MessageKind.ALERT_UNHEARD: draw_alert_unheard,
    MessageKind.ESCALATION: draw_escalation,
    MessageKind.ESCALATION_NEWS: draw_escalation_news,
    MessageKind.DIGEST: draw_digest,
    MessageKind.PAUSED: draw_paused,
    MessageKind.RESUMED: draw_resumed,
    MessageKind.ENDED: draw_ended,
    MessageKind.SWITCHED_OFF: draw_switched_off,
    MessageKind.MILESTONE_WORDS: draw_milestone_words,
    MessageKind.MILESTONE_HELD: draw_milestone_held,
    MessageKind.MILESTONE: draw_milestone,
    MessageKind.THANKS: draw_thanks,
    MessageKind.ACTION_AGREED: draw_action_agreed,
    MessageKind.ACTION_DONE: draw_action_done,
}


def draw(kind: MessageKind, body: Mapping[str, Any]) -> Message:
    """Draw a message of the outbox."""
    return _DRAWINGS[kind](body)
