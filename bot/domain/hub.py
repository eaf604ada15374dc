"""What can be chosen in the hub."""

from collections.abc import Mapping
from enum import StrEnum
from typing import Final

from bot.domain.permissions import Deed


class Choice(StrEnum):
    """One thing that a person may do in a partnership, in the order of the screen."""

    OWN_ANSWERS = "own_answers"
    COMMENT = "comment"
    CONCERN = "concern"
    ESCALATIONS = "escalations"
    THANK = "thank"
    RESULTS = "results"
    PRIVACY = "privacy"
    MY_DATA = "my_data"
    FORGET_ME = "forget_me"
    EXTRA_ROUND = "extra_round"
    ALERTS = "alerts"
    MILESTONES = "milestones"
    ACTION = "action"
    SET_UP = "set_up"
    PAUSE = "pause"
    RESUME = "resume"
    END = "end"


DEED_OF: Final[Mapping[Choice, Deed]] = {
    Choice.OWN_ANSWERS: Deed.SEE_OWN_ANSWERS,
    Choice.COMMENT: Deed.COMMENT,
    Choice.CONCERN: Deed.RAISE_A_CONCERN,
    Choice.ESCALATIONS: Deed.LIST_ESCALATIONS,
    Choice.THANK: Deed.THANK,
    Choice.RESULTS: Deed.SEE_RESULTS,
    Choice.PRIVACY: Deed.READ_THE_PROMISE,
    Choice.MY_DATA: Deed.SEE_OWN_DATA,
    Choice.FORGET_ME: Deed.FORGET_ME,
    Choice.EXTRA_ROUND: Deed.START_AN_EXTRA_PULSE,
    Choice.ALERTS: Deed.SEE_ALERTS,
    Choice.MILESTONES: Deed.PLAN_MILESTONES,
    Choice.ACTION: Deed.AGREE_AN_ACTION,
    Choice.SET_UP: Deed.CHANGE_THE_SET_UP,
    Choice.PAUSE: Deed.PAUSE,
    Choice.RESUME: Deed.RESUME,
    Choice.END: Deed.END,
}
"""Who is offered what: whoever may do it."""
