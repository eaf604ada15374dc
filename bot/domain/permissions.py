"""Who may do what: everything that people can do with the bot, who may, and what others hear (docs/permissions.md)."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType
from typing import Final

from bot.domain.errors import NotAllowed
from bot.domain.people import Person


class Standing(StrEnum):
    """How somebody stands to a partnership, or to the one thing that is asked about; the value is said in refusals."""

    ANYBODY = "anybody"
    MEMBER = "a member"
    LEAD = "a lead"
    SENIOR = "a senior manager"
    ADMINISTRATOR = "an administrator of the partnership"
    WORKSPACE_ADMINISTRATOR = "an administrator of the workspace"
    HOST = "a member of the channel in the host's workspace"
    OWN_SIDE = "a member of the organisation that is asked"
    SUBJECT = "whoever something is held about"
    OWNER = "an owner of it"
    AUTHOR = "its author"
    TOLD = "whoever was told of it"
    NEXT_LEVEL = "the next level, once nobody has taken it"
    OPERATOR = "the operator"
    SLACK = "Slack itself"


class Deed(StrEnum):
    """One thing that people can do with the bot."""

    READ_THE_PROMISE = "read_the_promise"
    LOOK = "look"
    TRY_A_PULSE = "try_a_pulse"
    ANSWER = "answer"
    SEE_OWN_ANSWERS = "see_own_answers"
    COMMENT = "comment"
    SEE_RESULTS = "see_results"
    THANK = "thank"
    RAISE_A_CONCERN = "raise_a_concern"
    LIST_ESCALATIONS = "list_escalations"
    SEE_AN_ESCALATION = "see_an_escalation"
    ADD_A_VIEW = "add_a_view"
    MOVE_AN_ESCALATION = "move_an_escalation"
    SEE_OWN_DATA = "see_own_data"
    FORGET_ME = "forget_me"
    START_AN_EXTRA_PULSE = "start_an_extra_pulse"
    PLAN_MILESTONES = "plan_milestones"
    SAY_A_WORD = "say_a_word"
    SAY_A_WORD_ON_A_PHASE = "say_a_word_on_a_phase"
    CELEBRATE_ANYWAY = "celebrate_anyway"
    AGREE_AN_ACTION = "agree_an_action"
    FINISH_AN_ACTION = "finish_an_action"
    SEE_ALERTS = "see_alerts"
    TAKE_AN_ALERT = "take_an_alert"
    CONFIRM_ROLES = "confirm_roles"
    SET_UP = "set_up"
    CHANGE_THE_SET_UP = "change_the_set_up"
    PAUSE = "pause"
    RESUME = "resume"
    END = "end"
    OPERATE = "operate"
    TELL_OF_CHANNELS = "tell_of_channels"
    END_AN_INSTALLATION = "end_an_installation"


@dataclass(frozen=True, slots=True, kw_only=True)
class Permission:
    """One row: what it is in words, who may, and what members who may not are told.

    In `refusal`, `{who}` stands for the people who may and `{ask}` for a sentence that says whom to ask; it is empty
    where every member may. Whoever is no member hears one sentence for all (bot.services.places.NOTHING_HERE).
    """

    says: str
    who: tuple[Standing, ...]
    refusal: str = ""


_MEMBERS: Final = (Standing.MEMBER,)
_LEADS: Final = (Standing.LEAD,)
_BOTH: Final = (Standing.LEAD, Standing.SENIOR)
_ADMINISTRATORS: Final = (Standing.ADMINISTRATOR, Standing.WORKSPACE_ADMINISTRATOR)
_TOLD: Final = (Standing.AUTHOR, Standing.TOLD)

PERMISSIONS: Final[Mapping[Deed, Permission]] = MappingProxyType(
    {
        Deed.READ_THE_PROMISE: Permission(says="read the promise, or what a word means", who=(Standing.ANYBODY,)),
        Deed.LOOK: Permission(says="see what one can do here", who=_MEMBERS),
        Deed.TRY_A_PULSE: Permission(says="get a pulse to try, which stores nothing", who=_MEMBERS),
        Deed.ANSWER: Permission(
            says="answer, change and withdraw an answer",
            who=_MEMBERS,
            refusal="Your answer was not saved: only people in the partnership's channel can answer. If you have just "
            "joined, please try again in a minute.",
        ),
        Deed.SEE_OWN_ANSWERS: Permission(says="see one's own answers in this round", who=_MEMBERS),
        Deed.COMMENT: Permission(says="write, quote and delete a comment", who=_MEMBERS),
        Deed.SEE_RESULTS: Permission(says="see released results", who=_MEMBERS),
        Deed.THANK: Permission(says="thank somebody of another organisation", who=_MEMBERS),
        Deed.RAISE_A_CONCERN: Permission(says="raise a concern", who=_MEMBERS),
        Deed.LIST_ESCALATIONS: Permission(says="list the escalations that one raised or was told of", who=_MEMBERS),
        Deed.SEE_AN_ESCALATION: Permission(says="see an escalation", who=_TOLD),
        Deed.ADD_A_VIEW: Permission(says="add a view to an escalation", who=_TOLD),
        Deed.MOVE_AN_ESCALATION: Permission(
            says="acknowledge, hand over, put off, raise, resolve or confirm an escalation",
            who=(Standing.OWNER,),
            refusal="This is up to those who own it now: {who}. Please speak to one of them.",
        ),
        Deed.SEE_OWN_DATA: Permission(says="see all that is held about oneself", who=(Standing.SUBJECT,)),
        Deed.FORGET_ME: Permission(says="have one's own answers and comments deleted", who=(Standing.SUBJECT,)),
        Deed.START_AN_EXTRA_PULSE: Permission(
            says="start an extra pulse",
            who=_LEADS,
            refusal="Only the leads of the organisations can start an extra pulse. {ask}",
        ),
        Deed.PLAN_MILESTONES: Permission(
            says="plan, change and cancel milestones",
            who=_LEADS,
            refusal="Only the leads of the organisations plan milestones. {ask}",
        ),
        Deed.SAY_A_WORD: Permission(
            says="say a word for a milestone",
            who=_LEADS,
            refusal="Only the leads are asked for a word, and the senior managers for a phase change. {ask}",
        ),
        Deed.SAY_A_WORD_ON_A_PHASE: Permission(
            says="say a word for a change of phase",
            who=_BOTH,
            refusal="Only the leads and senior managers are asked for a word on a change of phase. {ask}",
        ),
        Deed.CELEBRATE_ANYWAY: Permission(
            says="celebrate although an escalation is open",
            who=_LEADS,
            refusal="Only the leads of the organisations decide this. {ask}",
        ),
        Deed.AGREE_AN_ACTION: Permission(
            says="agree an action",
            who=_BOTH,
            refusal="Only leads and seniors can agree an action for their organisation. {ask}",
        ),
        Deed.FINISH_AN_ACTION: Permission(
            says="say that an action is done",
            who=(Standing.OWNER, Standing.LEAD),
            refusal="Only its owners, or a lead, can say that this action is done. {ask}",
        ),
        Deed.SEE_ALERTS: Permission(
            says="see the open alerts, and who looks after them",
            who=(Standing.SENIOR,),
            refusal="Only senior managers of the organisations see alerts here. {ask}",
        ),
        Deed.TAKE_AN_ALERT: Permission(
            says="take an alert, or escalate from it",
            who=(Standing.SENIOR, Standing.NEXT_LEVEL),
            refusal="Only senior managers of the organisations can do this. {ask}",
        ),
        Deed.CONFIRM_ROLES: Permission(
            says="confirm the leads and seniors of an organisation",
            who=(Standing.OWN_SIDE,),
            refusal="Only people of {who} can confirm who speaks for {who}.",
        ),
        Deed.SET_UP: Permission(
            says="set up a partnership in a channel that has none",
            who=(Standing.HOST,),
            refusal="Only people of the workspace that installed me can set this up; they do it from this channel.",
        ),
        Deed.CHANGE_THE_SET_UP: Permission(
            says="change the set-up", who=_ADMINISTRATORS, refusal="Only {who} can change the set-up."
        ),
        Deed.PAUSE: Permission(says="pause the pulse", who=_ADMINISTRATORS, refusal="Only {who} can pause the pulse."),
        Deed.RESUME: Permission(
            says="resume the pulse", who=_ADMINISTRATORS, refusal="Only {who} can resume the pulse."
        ),
        Deed.END: Permission(says="end the pulse", who=_ADMINISTRATORS, refusal="Only {who} can end the pulse."),
        Deed.OPERATE: Permission(says="use the command line", who=(Standing.OPERATOR,)),
        Deed.TELL_OF_CHANNELS: Permission(says="tell of channels and who is in them", who=(Standing.SLACK,)),
        Deed.END_AN_INSTALLATION: Permission(says="tell that the app was taken out", who=(Standing.SLACK,)),
    }
)

_NAMED: Final = {Standing.LEAD: "lead", Standing.SENIOR: "senior manager"}
_UNNAMED: Final = frozenset({Standing.MEMBER, Standing.WORKSPACE_ADMINISTRATOR})  # too many, or known to Slack alone

Able = Mapping[Standing, Collection[Person]]
"""Who stands how here; a standing that is absent is nobody's."""


def mention(person: Person) -> str:
    """A person as Slack shows a name."""
    return f"<@{person.user_id}>"


def may(deed: Deed, person: Person, able: Able) -> bool:
    """Whether a person may do something here."""
    who = PERMISSIONS[deed].who
    return Standing.ANYBODY in who or any(person in able.get(each, ()) for each in who)


def those_who_may(deed: Deed, able: Able) -> tuple[Person, ...]:
    """Everybody who may do something here, each once, in a stable order."""
    return tuple(sorted({person for each in PERMISSIONS[deed].who for person in able.get(each, ())}))


def permit(deed: Deed, person: Person, able: Able) -> None:
    """Return quietly if a person may do something here. Raises NotAllowed with who can."""
    if may(deed, person, able):
        return
    named = those_who_may(deed, {each: people for each, people in able.items() if each not in _UNNAMED})
    of = PERMISSIONS[deed].who
    more = [each.value for each in of if each is Standing.WORKSPACE_ADMINISTRATOR]
    who = " or ".join([*sorted(mention(each) for each in named), *more])
    raise refused(deed, who=who, ask=f"Please ask {who}." if who else _nobody(of))


def refused(deed: Deed, **words: str) -> NotAllowed:
    """The refusal of a deed, with the words that its sentence leaves open."""
    return NotAllowed(PERMISSIONS[deed].refusal.format(**words))


def _nobody(of: Collection[Standing]) -> str:
    return f"No organisation has confirmed a {' or '.join(_NAMED[each] for each in of if each in _NAMED)} yet."
