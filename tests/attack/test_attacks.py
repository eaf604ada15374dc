"""Every attack in a short form: it fails on the product, and succeeds on a build without any one of its defences."""

import pytest

from tests.attack.arena import Arena
from tests.attack.registry import Attack, Effort
from tests.attack.rows import ATTACKS

PAIRS = [(attack, defence) for attack in ATTACKS for defence in attack.defences]


@pytest.mark.parametrize("attack", ATTACKS, ids=lambda attack: attack.name)
def test_an_attack_does_not_break_the_promise(attack: Attack, on: Arena) -> None:
    found = attack.run(on, Effort.SHORT)
    assert attack.holds(found), found


@pytest.mark.parametrize(("attack", "defence"), PAIRS, ids=lambda each: getattr(each, "name", each))
def test_with_the_defence_out_it_does(attack: Attack, defence: str, on: Arena) -> None:
    with attack.defences[defence]():
        found = attack.run(on, Effort.SHORT)
    assert found.tries
    assert not attack.holds(found), found


def test_no_two_attacks_have_one_name_and_each_has_a_defence() -> None:
    assert len({each.name for each in ATTACKS}) == len(ATTACKS)
    assert all(each.defences for each in ATTACKS)
