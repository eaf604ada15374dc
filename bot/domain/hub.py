"""What can be chosen in the hub."""

from enum import StrEnum


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
