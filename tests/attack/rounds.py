"""Attacks by people who can do what members, leads and administrators can: on rounds, the roster and the counter."""

import datetime as dt
import json
from collections import defaultdict
from itertools import pairwise

from sqlalchemy import text

from bot.domain import anonymity, cadence, promise
from bot.domain.cadence import Every
from bot.domain.errors import NotNow
from bot.domain.ids import OrganisationId, PartnershipId
from bot.domain.outbox import MessageKind
from bot.domain.partnership import Partnership
from bot.domain.people import Member, Organisation, Person, Profile
from bot.domain.promise import PROMISE, Promise, PromiseLoosened
from bot.domain.rounds import Click, Round, RoundKind, Withdraw
from bot.domain.spec_faults import faults
from bot.domain.spec_form import Step, filled
from bot.services import release, roster, rounds
from bot.services.places import place_of
from schedules.tick import tick
from storage import partnerships
from tests.attack.arena import Arena
from tests.attack.defences import without
from tests.attack.lives import lived
from tests.attack.registry import Attack, Effort, Outcome
from tests.builders import BUILDER, CHANNEL, COUNCIL, EXT, HOME, Stage, add_partnership, partnership, person, stage
from tests.builders import cadence as weekly
from tests.services.setting_up import spec
from tests.services.stories import open_round, sent

OPEN_TO = dt.timedelta(days=2)
EVERYBODY = [person(number, team) for team in (HOME, EXT) for number in range(1, 11)]


def current(on: Stage, of: Partnership) -> Round:
    """The round that opened last."""
    with on.ports.store.read() as tx:
        asked = tx.rounds.latest(of.id)
    assert asked is not None
    return asked


def click(on: Stage, asked: Round, who: Person, score: int = 4) -> None:
    """A person answers the first question."""
    on.writer.store(
        Click(
            round_id=asked.id,
            item_id=asked.items[0],
            score=score,
            person=who,
            channel_id=asked.channel_id,
            at=on.clock.now(),
        )
    )


def block_by_block(_arena: Arena, effort: Effort) -> Outcome:
    """Publications of organisations that share a round can be subtracted; an extra round could be their difference."""
    tries = breaks = 0
    for seed in range(12 if effort is Effort.FULL else 2):
        life = lived(8, seed, rounds=24)
        blocks = [each.block for each in life.rounds if each.block is not None]
        spans = [range(each.first_number, each.last_number + 1) for each in blocks]
        tries += len(spans)
        breaks += sum(one.stop > other.start for one, other in pairwise(spans))
    return Outcome(tries=tries, breaks=breaks, note="publications of organisations that share a round with the next")


def extra_rounds(arena: Arena, effort: Effort) -> Outcome:
    """A lead asks again after a day or two, and compares; or looks for the extra answers in a block."""
    tries = breaks = 0
    with arena.sqlite() as database, stage(database) as on:
        made = add_partnership(on, cadence=weekly(every=Every.FORTNIGHT))
        open_round(on, made)
        opened = [on.clock.now()]
        for _ in range(13 * (3 if effort is Effort.FULL else 1)):
            on.clock.move(days=1)
            tick(on.ports)
            tries += 1
            try:
                rounds.open_extra(on.ports, HOME, CHANNEL, person(1))
            except NotNow:
                continue
            finally:
                latest = current(on, made)
                opened += [latest.opens_at] if latest.opens_at != opened[-1] else []
        apart = [later - earlier for earlier, later in pairwise(opened)]
        breaks += sum(each < dt.timedelta(days=PROMISE.extra_round_days) for each in apart)
    for seed in range(20 if effort is Effort.FULL else 6):
        life = lived(14, seed, rounds=20)
        inside = {each.asked.block for each in life.rounds if each.asked.kind is RoundKind.EXTRA}
        for block in inside:
            tries += 1
            breaks += _is_heard_in_block(block, seed)
    return Outcome(tries=tries, breaks=breaks, note="asked for every day, and looked for in the block they joined")


def _is_heard_in_block(block: int, seed: int) -> bool:
    """Whether a block reads differently when all answers of its extra round are 1 and when all are 5."""
    lives = [lived(14, seed, rounds=20, extra_score=score) for score in (1, 5)]
    low, high = ([each.block for each in life.rounds if each.asked.block == block and each.block] for life in lives)
    return [each.results for each in low] != [each.results for each in high]


def roster_moves(arena: Arena, _effort: Effort) -> Outcome:
    """An administrator moves one person to the other side in the middle of a block: the difference is the person."""
    tries = breaks = 0
    with arena.sqlite() as database, stage(database) as on:
        made = add_partnership(on, organisations=ONE_TEAM_EACH)
        open_round(on, made)
        seen: dict[str, set[str]] = defaultdict(set)
        for number in range(1, 5):
            asked = current(on, made)
            for who in EVERYBODY:
                click(on, asked, who)
            with on.ports.store.write() as tx:
                now = tx.partnerships.get(made.id)
                roster.apply_snapshot(tx, on.ports, now, [_profile(who, moved=number == 2) for who in EVERYBODY])
            with on.ports.store.read() as tx:
                for each in tx.answers.of_round(asked.id):
                    seen[each.person].add(str(each.organisation))
            on.clock.move(days=2)
            tick(on.ports)
            on.clock.move(days=5)
            tick(on.ports)
        tries, breaks = len(seen), sum(len(sides) > 1 for sides in seen.values())
    return Outcome(tries=tries, breaks=breaks, note="people whose answers in one block count for two organisations")


ONE_TEAM_EACH = (
    Organisation(id=COUNCIL, name="Northfield Council", email_domains=("council.example",), confirmed=True),
    Organisation(id=BUILDER, name="Brightbuild", email_domains=("builder.example",), confirmed=True),
)


def _profile(who: Person, *, moved: bool) -> Profile:
    at_home = (who.team_id == HOME) is not (moved and who == person(5))
    domain = "council.example" if at_home else "builder.example"
    return Profile(person=who, name=who.user_id, email=f"{who.user_id}@{domain}")


def counter_watched(arena: Arena, _effort: Effort) -> Outcome:
    """Somebody watches the counter under an open pulse and the people around: whom did the number grow by?"""
    shown: list[tuple[dt.datetime, int]] = []
    with arena.sqlite() as database, stage(database) as on:
        made = add_partnership(on)
        open_round(on, made)
        asked = current(on, made)
        for number, who in enumerate(EVERYBODY):
            click(on, asked, who)
            on.clock.move(minutes=2)
            tick(on.ports)
            shown += _counted(on)
            if number == 12:
                on.clock.move(hours=1)
        for who in EVERYBODY[:12]:
            on.writer.store(
                Click(
                    round_id=asked.id,
                    item_id=asked.items[0],
                    score=Withdraw.ANSWER,
                    person=who,
                    channel_id=asked.channel_id,
                    at=on.clock.now(),
                )
            )
            on.clock.move(minutes=35)
            tick(on.ports)
            shown += _counted(on)
    steps = list(pairwise(shown))
    breaks = sum(number % PROMISE.people_band != 0 for _, number in shown)
    breaks += sum(later < earlier for (_, earlier), (_, later) in steps)
    breaks += sum(later - earlier < dt.timedelta(hours=1) for (earlier, _), (later, _) in steps)
    return Outcome(tries=32, breaks=breaks, note="20 people answer and 12 withdraw while somebody watches")


def _counted(on: Stage) -> list[tuple[dt.datetime, int]]:
    posted = [each for each in sent(on) if each.kind is MessageKind.PULSE_COUNTER]
    return [(on.clock.now(), int(each.body["more_than"])) for each in posted]


def floor_override(arena: Arena, _effort: Effort) -> Outcome:
    """Somebody writes a looser number into the promise: of a partnership, a round, or in code."""
    tries = breaks = 0
    for name, value in PROMISE.to_dict().items():
        looser = value - 1 if isinstance(value, int) and name != "retention_weeks" else 99
        for offered in (looser, 0, -1):
            tries += 4 + len(Step)
            breaks += _is_taken(lambda: Promise.from_dict(PROMISE.to_dict() | {name: offered}))  # noqa: B023
            breaks += _is_taken(lambda: PROMISE.tightened(**{name: offered}))  # noqa: B023
            breaks += _is_taken(lambda: Promise(**{name: offered}))  # type: ignore[arg-type]  # whatever somebody offers  # noqa: B023
            in_file = spec(promise={name: offered})
            breaks += not [each for each in faults(in_file, lambda _: True) if each.field == f"promise.{name}"]
            in_form = {f"promise.{name}": str(offered), name: str(offered), "promise": json.dumps({name: offered})}
            breaks += sum(bool(filled(spec(), step, in_form).promise) for step in Step)
    with arena.sqlite() as database, stage(database) as on:
        made = add_partnership(on, each=2)
        open_round(on, made)
        asked = current(on, made)
        for who in (person(1), person(1, EXT), person(2, EXT)):
            click(on, asked, who)
        with database.writing() as connection:
            looser_promise = json.dumps(PROMISE.to_dict() | {"whole_people": 1, "whole_people_each": 1})
            connection.execute(text("UPDATE rounds SET promise = :given"), {"given": looser_promise})
        on.clock.move(days=2)
        tick(on.ports)
        with on.ports.store.read() as tx:
            told = tx.publications.get(made.id, f"round:{asked.id}")
        tries, breaks = tries + 1, breaks + (told is not None and told["people"] is not None)
    return Outcome(tries=tries, breaks=breaks, note="every number of the promise: code, file, form, stored round")


def _is_taken(offered: object) -> bool:
    try:
        offered()  # type: ignore[operator]  # a call that makes a promise
    except PromiseLoosened:
        return False
    return True


def second_installation(arena: Arena, _effort: Effort) -> Outcome:
    """The partner's workspace installs the app too and sets up a partnership of its own in the same shared channel."""
    with arena.sqlite() as database, stage(database) as on:
        made = add_partnership(on)
        open_round(on, made)
        asked = current(on, made)
        for who in EVERYBODY:
            click(on, asked, who)
        theirs = partnership(id=PartnershipId("p-theirs"), home_team_id=EXT, organisations=THEIRS)
        with on.ports.store.write() as tx:
            tx.partnerships.add(theirs, on.vault.new_key())
            for who in EVERYBODY:
                tx.people.put(theirs.id, Member(person=who, organisation_id=THEIRS[who.team_id == HOME].id))
        tries = breaks = 0
        for who in EVERYBODY:
            with on.ports.store.read() as tx:
                place = place_of(tx, EXT, CHANNEL, who)
                tries, breaks = tries + 1, breaks + (place.partnership.id != theirs.id)
        on.clock.move(days=7)
        open_round(on, theirs)
        on.clock.move(days=3)
        tick(on.ports)
        with on.ports.store.read() as tx:
            own = tx.rounds.latest(theirs.id)
            assert own is not None
            told = tx.publications.get(theirs.id, f"round:{own.id}")
            keys = {tx.partnerships.sealed_key(each.id) for each in (made, theirs)}
        pseudonyms = {on.vault.pseudonym(key, EVERYBODY[0]) for key in keys}
        breaks += told is not None and told["people"] is not None
        breaks += len(pseudonyms) < 2
    return Outcome(tries=tries + 2, breaks=breaks, note="whose answers, results and pseudonyms the second one reaches")


THEIRS = (
    Organisation(id=OrganisationId("org-1"), name="A", team_id=EXT, confirmed=True),
    Organisation(id=OrganisationId("org-2"), name="B", team_id=HOME, confirmed=True),
)

any_installation = without(
    partnerships,
    (
        "home_team_id == team_id,\n            partnerships.c.channel_id == channel_id,",
        "channel_id == channel_id,",
    ),
)
"""A channel's partnership is found by whichever installation asks."""

ATTACKS = (
    Attack(
        name="blocks subtracted from one another",
        run=block_by_block,
        defences={
            "a block is published once, at its end": without(
                release, ("or len(regular) < closed.promise.block_rounds:", "or len(regular) < 2:")
            )
        },
    ),
    Attack(
        name="extra rounds",
        run=extra_rounds,
        defences={
            "seven days around an extra round": without(
                cadence,
                ("last_on + DAYS_AROUND_EXTRA * _DAY", "last_on"),
                ("if day + DAYS_AROUND_EXTRA * _DAY > following_on or", "if day > following_on or"),
            ),
            "an extra round enters no block": without(
                release,
                (
                    "answers = _of(organisations, [answer for each in regular for answer",
                    "answers = _of(organisations, [answer for each in rounds for answer",
                ),
            ),
        },
    ),
    Attack(
        name="roster moves",
        run=roster_moves,
        defences={
            "a move waits for the next block": without(
                roster,
                (
                    "if not partnership.rounds:\n        return replace(named, organisation",
                    "if True:\n        return replace(named, organisation",
                ),
            )
        },
    ),
    Attack(
        name="the counter watched live",
        run=counter_watched,
        defences={
            "once an hour": without(rounds, ("due_at=now + _COUNTED_EVERY", "due_at=now + _COUNTED_EVERY / 60")),
            "never fewer than before": without(
                anonymity,
                ("return max(previous, min((", "return max(0, min(("),
                ("        return previous\n    most", "        return 0\n    most"),
            ),
            "bands of five": without(
                anonymity, ("min((answered - 1) // promise.people_band * promise.people_band, most)", "answered - 1")
            ),
        },
    ),
    Attack(
        name="a floor overridden",
        run=floor_override,
        defences={
            "a looser promise cannot exist": without(
                promise,
                ("if type(proposed) is not type(promised) or not tighter.allows(promised, proposed):", "if False:"),
            )
        },
    ),
    Attack(
        name="a second installation in the channel",
        run=second_installation,
        defences={
            "a partnership belongs to its installation": any_installation,
        },
    ),
)
