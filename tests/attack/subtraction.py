"""Attacks that subtract one released result from another, or bring their own people, on the product's own gate."""

import random
from collections.abc import Callable, Sequence

from bot.domain import alert_release, anonymity, responses, scoring
from bot.domain.alert_release import release_alert
from bot.domain.anonymity import WHOLE, Released, Scope, draw_blur
from bot.domain.ids import OrganisationId
from bot.domain.promise import PROMISE
from bot.domain.responses import Answer
from bot.domain.scoring import participation, release_organisations, release_whole
from tests.attack.arena import Arena
from tests.attack.defences import without
from tests.attack.inference import NEARLY, PROMISED, SCORES
from tests.attack.registry import Attack, Effort, Outcome
from tests.domain.voices import BOTH, BRIGHTBUILD, COUNCIL, answers

SITE = OrganisationId("site")
OF_THREE = {BRIGHTBUILD: Scope("brightbuild"), COUNCIL: Scope("council"), SITE: Scope("site")}
FEW = 5
RELEASED = "_released(scored[scope], dimension, scope, shown[scope], promise, blur)"
NAMESPACE = "from types import SimpleNamespace\n    return SimpleNamespace"
ENDS = "return Score(tenths=min(max(tenths, promise.bottom_tenths), promise.top_tenths))"
DRAWN = "return random.choice([size for size, w in enumerate(PROMISE.blur_weights, -reach) for _ in range(w)])"
PEOPLE_WHO_COUNT = "len({voice.person for voice in voices if voice.counts})"
ALL_PEOPLE = "len({voice.person for voice in voices if True})"
TRIES = {Effort.FULL: 3_000, Effort.SHORT: 150}


def _scores(dice: random.Random, people: int) -> list[int | None]:
    return [dice.choice(SCORES) for _ in range(people)]


def _whole(heard: Sequence[Answer], organisations: Sequence[OrganisationId], blur: int = 0) -> Released | None:
    found = release_whole(
        heard,
        organisations=organisations,
        invited=len(heard),
        dimensions=("trust",),
        promise=PROMISE,
        blur=lambda: blur,
        changes={},
    ).results[0]
    return found if isinstance(found, Released) else None


def _rate(effort: Effort, tried: Callable[[random.Random], bool], note: str) -> Outcome:
    dice = random.Random(5)
    return Outcome(tries=TRIES[effort], breaks=sum(tried(dice) for _ in range(TRIES[effort])), note=note)


def one_side_from_the_others(_arena: Arena, effort: Effort) -> Outcome:
    """The whole, less the organisations that are shown, is an organisation that is not."""

    def tried(dice: random.Random) -> bool:
        sizes = {each: dice.randint(2, 12) for each in OF_THREE}
        heard = [one for each, people in sizes.items() for one in answers(each, _scores(dice, people))]
        results = release_organisations(
            heard, groups=OF_THREE, invited=sizes, promise=PROMISE, blur=lambda: draw_blur(dice)
        )
        hidden = {each.scope for each in results if not isinstance(each, Released) and each.dimension == "trust"}
        return 0 < len(hidden) < len(OF_THREE)

    return _rate(effort, tried, "an organisation of 2 to 12 is left over where the others are shown")


def sides_of_one(_arena: Arena, effort: Effort) -> Outcome:
    """Of a whole in which one organisation has a single voice, the other organisation can subtract itself."""

    def tried(dice: random.Random) -> bool:
        heard = answers(BRIGHTBUILD, _scores(dice, dice.randint(4, 30))) + answers(COUNCIL, _scores(dice, 1))
        return _whole(heard, BOTH) is not None

    return _rate(effort, tried, "somebody who is the only one left of a side")


def people_nobody_could_place(_arena: Arena, effort: Effort) -> Outcome:
    """One to four people without an organisation would stand out against the organisations."""

    def tried(dice: random.Random) -> bool:
        placed = answers(BRIGHTBUILD, _scores(dice, 8)) + answers(COUNCIL, _scores(dice, 8))
        few = dice.randint(1, 4)
        low, high = (_whole(placed + answers(None, [score] * few), BOTH) for score in (1, 5))
        return low != high

    return _rate(effort, tried, "whether 1 to 4 unplaced people change what is shown")


def puppets(_arena: Arena, effort: Effort) -> Outcome:
    """Somebody invites accounts of their own until a lonely colleague's organisation is large enough to be shown."""

    def tried(dice: random.Random) -> bool:
        alone = answers(BRIGHTBUILD, _scores(dice, dice.randint(1, 4)))
        own = answers(BRIGHTBUILD, _scores(dice, 10), counts=False, first=10)
        others = answers(COUNCIL, _scores(dice, 10))
        invited = {BRIGHTBUILD: 8, COUNCIL: 10}
        groups = {each: OF_THREE[each] for each in BOTH}
        apart = release_organisations(
            alone + own + others, groups=groups, invited=invited, promise=PROMISE, blur=lambda: draw_blur(dice)
        )
        one = answers(BRIGHTBUILD, _scores(dice, 1)) + own + others
        return any(isinstance(each, Released) for each in apart) or _whole(one, BOTH) is not None

    return _rate(effort, tried, "1 to 4 people among 10 accounts of the attacker's own")


def joiner(_arena: Arena, effort: Effort) -> Outcome:
    """A newcomer completes the minimum of five: whoever knows the four learns the newcomer's answer from the first."""

    def tried(dice: random.Random) -> bool:
        heard = answers(BRIGHTBUILD, _scores(dice, 2)) + answers(COUNCIL, _scores(dice, 2))
        return _whole(heard + answers(COUNCIL, _scores(dice, 1), counts=False, first=5), BOTH) is not None

    return _rate(effort, tried, "four people and a newcomer")


def leaver(_arena: Arena, effort: Effort) -> Outcome:
    """One person leaves and all others answer as before: the difference of two wholes is the leaver's answer."""

    def tried(dice: random.Random) -> bool:
        people = dice.randint(6, 15)
        others = 3 * (people - 1) + dice.randint(-4, 4)
        own = dice.choice(SCORES)
        before, after = draw_blur(dice), draw_blur(dice)
        seen = (_tenths(others + own + before, people), _tenths(others + after, people - 1))
        blurs = _draws()
        fitting = {
            score
            for score in SCORES
            for rest in range(people - 1, 5 * people - 4)
            if any(_tenths(rest + score + one, people) == seen[0] for one in blurs)
            and any(_tenths(rest + one, people - 1) == seen[1] for one in blurs)
        }
        return len(fitting) == 1

    return _rate(effort, tried, "two wholes, with and without one person, of 6 to 15")


def a_lone_colleague(_arena: Arena, effort: Effort) -> Outcome:
    """Somebody who knows nothing but the own answer looks at a mean of as few people as may be shown, and of more.

    Neither certain nor more than 90% sure of any other answer, if to them all answers of the others are as likely.
    """
    tries = breaks = 0
    for people in range(2, 41 if effort is Effort.FULL else 16):
        heard = answers(BRIGHTBUILD, [3] * (people - 1)) + answers(COUNCIL, [3])
        if _whole(heard if people < 4 else [*heard[2:], *answers(COUNCIL, [3, 3])], BOTH) is None:
            continue
        ways = _ways(people - 2)
        shown = {total: _tenths(total, people) for total in range(people - 2, 5 * people + 3)}
        for own in SCORES:
            seen: dict[int, list[int]] = {}
            for place, score in enumerate(SCORES):
                for rest, count in ways.items():
                    for drawn, weight in PROMISED.blur.items():
                        likely = seen.setdefault(shown[own + score + rest + drawn], [0] * len(SCORES))
                        likely[place] += count * weight
            tries += len(seen)
            breaks += sum(max(each) > NEARLY * sum(each) for each in seen.values())
    return Outcome(tries=tries, breaks=breaks, note="every mean of up to 40 people, every own answer")


def _ways(people: int) -> dict[int, int]:
    """In how many ways so many people can add up to each sum."""
    ways = {0: 1}
    for _ in range(people):
        one_more: dict[int, int] = {}
        for total, count in ways.items():
            for score in SCORES:
                one_more[total + score] = one_more.get(total + score, 0) + count
        ways = one_more
    return ways


def _shown(people: int) -> dict[int, set[int]]:
    """For every sum of so many scores, what may be shown of it."""
    draws = _draws()
    return {total: {_tenths(total + each, people) for each in draws} for total in range(people, 5 * people + 1)}


def _draws() -> set[int]:
    """Every secret number that can be drawn."""
    dice = random.Random(2)
    return {draw_blur(dice) for _ in range(100)}


def _tenths(total: int, answered: int) -> int:
    return int(anonymity.blurred_score(total, answered, PROMISE, lambda: 0).tenths)


def alerts(_arena: Arena, effort: Effort) -> Outcome:
    """An alert that names one side where the other side is fewer than five leaves those few as the rest."""

    def tried(dice: random.Random) -> bool:
        pairs = {BRIGHTBUILD: dice.randint(0, 12), COUNCIL: dice.randint(0, 12)}
        said = release_alert(
            dimension="trust",
            organisation=dice.choice(BOTH),
            fall=dice.uniform(0.3, 2),
            pairs=pairs,
            pairs_of_whole=sum(pairs.values()),
            unchanged=BOTH,
            groups={each: OF_THREE[each] for each in BOTH},
            promise=PROMISE,
        )
        return said is not None and ((said.scope != WHOLE and min(pairs.values()) < FEW) or sum(pairs.values()) < FEW)

    return _rate(effort, tried, "0 to 12 people who can be compared on each side")


def unanimity(_arena: Arena, effort: Effort) -> Outcome:
    """If everybody agrees, the mean is everybody's answer; somebody who knows nothing else must not become certain."""
    tries = breaks = 0
    for people in range(FEW, 61 if effort is Effort.FULL else 16):
        shown = _shown(people)
        reach = {each: range(each + people - 1, each + 5 * people - 4) for each in SCORES}
        for seen in set().union(*(shown[score * people] for score in SCORES)):
            tries += 1
            breaks += sum(any(seen in shown[total] for total in sums) for sums in reach.values()) == 1
    return Outcome(tries=tries, breaks=breaks, note="5 to 60 people of one mind, every draw of the blur")


def who_took_part(_arena: Arena, effort: Effort) -> Outcome:
    """Bands, words and the counter must never say that everybody answered: then nobody's silence would be private."""
    tries = breaks = 0
    for among in range(6, 61 if effort is Effort.FULL else 25):
        shown: dict[tuple[str, object], set[int]] = {}
        for answered in range(FEW, among + 1):
            heard = answers(BRIGHTBUILD, [4] * (answered - 2)) + answers(COUNCIL, [4] * 2)
            word = participation(heard, organisations=BOTH, invited=among, promise=PROMISE)
            band = _band(heard, among)
            counted = anonymity.counter(0, answered, PROMISE, among=among)
            for kind, said in (("word", word), ("band", band), ("counter", counted)):
                shown.setdefault((kind, said), set()).add(answered)
        tries += len(shown)
        breaks += sum(numbers == {among} for numbers in shown.values())
    return Outcome(tries=tries, breaks=breaks, note="bands, words and the counter of up to 60 people invited")


def _band(heard: Sequence[Answer], among: int) -> object:
    found = release_whole(
        heard,
        organisations=BOTH,
        invited=among,
        dimensions=("trust",),
        promise=PROMISE,
        blur=lambda: 0,
        changes={},
    )
    return found.people and found.people.text


ATTACKS = (
    Attack(
        name="one organisation by subtraction of the others",
        run=one_side_from_the_others,
        defences={
            "all organisations or none": without(
                scoring,
                ("if not large_enough or len(shown) < len(scopes):", "if not shown:"),
                (
                    f"return [{RELEASED} for scope in scopes]",
                    f"return [{RELEASED} if scope in shown "
                    "else Withheld(dimension=dimension, scope=scope) for scope in scopes]",
                ),
            )
        },
    ),
    Attack(
        name="the last one of a side by subtraction",
        run=sides_of_one,
        defences={
            "two of every organisation": without(scoring, ("if each_enough and counted(scored)", "if counted(scored)"))
        },
    ),
    Attack(
        name="people nobody could place by subtraction",
        run=people_nobody_could_place,
        defences={"one to four are left out": without(responses, (">= promise.unplaced_people:", ">= 1:"))},
    ),
    Attack(
        name="puppet accounts",
        run=puppets,
        defences={"new members count towards no minimum": without(responses, (PEOPLE_WHO_COUNT, ALL_PEOPLE))},
    ),
    Attack(
        name="a joiner",
        run=joiner,
        defences={"new members count towards no minimum": without(responses, (PEOPLE_WHO_COUNT, ALL_PEOPLE))},
    ),
    Attack(
        name="a leaver",
        run=leaver,
        defences={
            "rounding and blur": without(
                anonymity,
                (ENDS, f"{NAMESPACE}(tenths=10_000 * off_middle // answered)"),
                (DRAWN, "return 0"),
            )
        },
    ),
    Attack(
        name="a side by an alert about the other",
        run=alerts,
        defences={
            "five people with a pair on every side": without(
                alert_release, (">= promise.alert_people\n        for group", ">= 0\n        for group")
            ),
            "five people behind an alert": without(
                alert_release, ("if people < promise.alert_people:", "if people < 0:")
            ),
        },
    ),
    Attack(
        name="a lone colleague",
        run=a_lone_colleague,
        defences={
            "five people": without(
                scoring,
                (
                    "return Band.of(people(heard), among=invited) if each_enough and counted(scored) >= "
                    "promise.whole_people else None",
                    "return Band.of(5, among=invited)",
                ),
            )
        },
    ),
    Attack(
        name="unanimity",
        run=unanimity,
        defences={
            "open ends": without(
                anonymity,
                (ENDS, f"{NAMESPACE}(tenths=tenths)"),
            )
        },
    ),
    Attack(
        name="who took part",
        run=who_took_part,
        defences={
            "the last band takes in the remainder": without(
                anonymity, ("last = max((among + 1) // width * width - width, width)", "last = 10**6")
            ),
            "all and all but one are told alike": without(
                scoring, ("said = min(people(heard), invited - 1)", "said = people(heard)")
            ),
            "a band of people above the counter": without(
                anonymity, ("most = max(among // promise.people_band - 1, 0) * promise.people_band", "most = 10**6")
            ),
        },
    ),
)
