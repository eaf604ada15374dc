"""Names that travel to Slack and back: action ids, callback ids, and what a button's value says."""

import json
import re
from enum import StrEnum

from bot.domain.errors import BadInput
from bot.domain.ids import ItemId, RoundId
from bot.domain.texts import is_text

ANSWER_PATTERN = re.compile(r"^answer_\d+_[0-5]$")
_ANSWER_VALUE = re.compile(r"([\w-]{1,32})\|([\w-]{1,16})\|(\d{1,2})", re.ASCII)
TEST_ANSWER_PATTERN = re.compile(r"^test_answer_[1-9]_[0-5]$")


class Action(StrEnum):
    """Buttons. Answers have ids of their own, see `answer_action`."""

    WITHDRAW = "withdraw"
    COMMENT = "comment"
    ESCALATE = "escalate"
    MORE = "more"
    HUB = "hub"
    SET_UP_OF = "set_up_of"
    ACTION_DONE = "action_done"
    AGREE_ACTION = "agree_action"
    SET_UP = "set_up"
    PRIVACY = "privacy"
    MY_DATA_BEFORE = "my_data_before"
    MY_DATA_NEXT = "my_data_next"
    FORGET_ME = "forget_me"
    CONFIRM_ROLES = "confirm_roles"
    TEST_PULSE = "test_pulse"
    TEST_ANSWER = "test_answer"
    ALERT_TAKE = "alert_take"
    ALERT_MEANING = "alert_meaning"
    ALERT_ESCALATE = "alert_escalate"
    THANK = "thank"
    MILESTONE_WORD = "milestone_word"
    CELEBRATE_ANYWAY = "celebrate_anyway"


class Callback(StrEnum):
    """Modals that can be submitted."""

    COMMENT = "comment_written"
    COMMENT_CHECK = "comment_checked"
    ESCALATION = "escalation_written"
    ESCALATION_CHECK = "escalation_checked"
    ESCALATIONS = "escalation_chosen"
    ESCALATION_RECORD = "escalation_move_chosen"
    ESCALATION_MOVE = "escalation_move_written"
    HUB = "hub_chosen"
    ACTION = "action_agreed"
    END = "end_confirmed"
    PAUSE = "pause_confirmed"
    OWN_ANSWERS = "own_answers_withdrawn"
    ALERTS = "alert_taken"
    NOTE = "note_read"
    FORGET_ME = "forget_me_confirmed"
    SET_UP = "set_up_names"
    SET_UP_RHYTHM = "set_up_rhythm"
    SET_UP_PEOPLE = "set_up_people"
    SET_UP_CHECK = "set_up_checked"
    SET_UP_DONE = "set_up_done"
    CONFIRM_ROLES = "roles_confirmed"
    THANK = "thanks_written"
    MILESTONES = "milestone_chosen"
    MILESTONE = "milestone_written"
    MILESTONE_CANCEL = "milestone_cancelled"
    MILESTONE_WORD = "milestone_word_written"


def escalation_action(move: str) -> str:
    """The action id of a button that does something with an escalation; its value is the escalation's id."""
    return f"escalation_{move}"


def answer_action(place: int, score: int) -> str:
    """The action id of an answer button: the place of its question in the message, from 1, and its score."""
    return f"answer_{place}_{score}"


def answer_value(round_id: RoundId, item_id: ItemId, score: int) -> str:
    """What an answer button says: the round, the question and the score (0: can't say)."""
    return f"{round_id}|{item_id}|{score}"


def read_answer(value: str) -> tuple[RoundId, ItemId, int | None]:
    """What an answer button said. Raises BadInput for anything else; a score out of range is the domain's to refuse."""
    read = _ANSWER_VALUE.fullmatch(value)
    if read is None:
        raise BadInput("Your answer was not saved: the button cannot be read. Please use the newest pulse.")
    round_id, item_id, score = read.groups()
    return RoundId(round_id), ItemId(item_id), int(score) or None


def pack(**fields: str) -> str:
    """What a modal takes along unseen; never trusted when it comes back."""
    return json.dumps(fields, ensure_ascii=False, separators=(",", ":"))


def unpack(private: str) -> dict[str, str]:
    """What a modal brought back. Raises BadInput for anything but named texts that a database can keep."""
    try:
        fields = json.loads(private)
    except (ValueError, RecursionError):
        fields = None
    if not isinstance(fields, dict) or not all(is_text(each) for each in fields.values()):
        raise BadInput("This form cannot be read any more. Please open it again.")
    return fields
