"""An export has what was published and nothing else, and keeps the promise of its time."""

import csv
import dataclasses
import io
import json
from collections.abc import Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import select, update

from bot.adapters.export_files import as_csv, as_json, defused
from bot.domain.anonymity import WITHHELD_TEXT
from bot.domain.errors import BadInput, NotHere
from bot.domain.ids import PartnershipId
from bot.domain.promise import PROMISE
from bot.services import comments, life
from bot.services.export import Export, Line, export
from schedules.tick import tick
from storage.engine import Database
from storage.tables import publications, rounds
from tests.builders import CHANNEL, HOME, Stage, add_partnership, person, stage
from tests.services.falling_trust import Told, partnership_of, steady

EVERYBODY = "everybody together"


@pytest.fixture
def on(sqlite: Database) -> Iterator[Stage]:
    with stage(sqlite) as made:
        yield made


def lived(on: Stage, each: int) -> Told:
    """Four weeks of a partnership with so many people a side."""
    told = partnership_of(on, steady, each=each)
    told.live(4)
    return told


def test_all_that_was_published_is_there_in_the_words_of_the_channel(on: Stage) -> None:
    told = lived(on, 10)
    found = export(on.ports, CHANNEL)
    assert (found.partnership, found.organisations) == ("Northfield Schools", ("Brightbuild", "Northfield Council"))
    whole = [each for each in found.results if each.whose == EVERYBODY and each.kind == "result"]
    assert len(whole) == 12
    assert {each.pulses for each in whole} == {(number, number) for number in range(1, 5)}
    with on.ports.store.read() as tx:
        first = tx.publications.latest(told.partnership.id, 4)[0]
    (trust,) = [each for each in whole if each.pulses == (1, 1) and each.about == "Understanding and trust"]
    assert trust.value == f"{first['results'][0]['tenths'] / 10:.1f}"
    assert trust.people == "15 or more"
    sides = {(each.whose, each.pulses) for each in found.results if each.whose != EVERYBODY}
    assert sides == {("Brightbuild", (1, 4)), ("Northfield Council", (1, 4))}
    assert [each.value for each in found.results if each.kind == "participation"] == ["nearly everybody"]
    assert [(each.kind, each.value) for each in found.comments] == [("mood", WITHHELD_TEXT)]


def test_below_the_minimum_nothing_appears(on: Stage) -> None:
    lived(on, 2)
    found = export(on.ports, CHANNEL)
    assert {each.value for each in (*found.results, *found.comments)} == {WITHHELD_TEXT}
    assert {each.people for each in found.results} == {""}


def test_the_promise_of_its_time_is_kept_whatever_stands_in_the_database(on: Stage) -> None:
    """Rounds that promised 15 people, and a result of 10 to 14 that should never have been published."""
    lived(on, 6)
    stricter = PROMISE.tightened(whole_people=15, organisation_people=10).to_dict()
    with on.database.writing() as connection:
        connection.execute(update(rounds).values(promise=stricter))
        bodies = connection.execute(select(publications.c.body)).scalars().all()
    assert "tenths" in json.dumps(bodies)
    assert {each.value for each in export(on.ports, CHANNEL).results if each.kind == "result"} == {WITHHELD_TEXT}


def test_an_export_holds_nobody_and_no_answer(on: Stage) -> None:
    told = lived(on, 10)
    with on.ports.store.write() as tx:
        tx.rounds.latest(told.partnership.id)
    text = as_json(export(on.ports, CHANNEL)) + as_csv(export(on.ports, CHANNEL))
    people = tuple(each.person for each in told.roster().members)
    for each in told.roster().members:
        assert each.name not in text
        assert each.person.user_id not in text
    with on.ports.store.read() as tx:
        key = tx.partnerships.sealed_key(told.partnership.id)
    assert all(on.vault.pseudonym(key, each) not in text for each in people)


def test_it_can_be_taken_after_the_end_and_a_channel_with_two_asks_which(on: Stage) -> None:
    told = lived(on, 10)
    life.end(on.ports, HOME, CHANNEL, person(1))
    assert len(export(on.ports, CHANNEL).results) > 12
    add_partnership(on, id=PartnershipId("p-new"), organisations=())
    with pytest.raises(BadInput, match=r"p-new \(Northfield Schools, active.*p-north \(Northfield Schools, ended"):
        export(on.ports, CHANNEL)
    assert export(on.ports, told.partnership.id).results != ()
    assert export(on.ports, "p-new").results == ()
    with pytest.raises(NotHere):
        export(on.ports, "C0NONE")


def test_quotes_stand_after_all_scores(on: Stage) -> None:
    told = partnership_of(on, steady, each=10)
    told.work()
    with on.ports.store.read() as tx:
        asked = tx.rounds.current(told.partnership.id)
    assert asked is not None
    for number in range(1, 8):
        own = comments.write(on.ports, HOME, CHANNEL, person(number), asked.id, f"=SUM({number}) is good.")
        comments.allow_quoting(on.ports, HOME, CHANNEL, person(number), asked.id, seal=own.seal, allowed=True)
    told.live(4)
    tick(on.ports)
    rows = list(csv.DictReader(io.StringIO(as_csv(export(on.ports, CHANNEL)))))
    kinds = [each["kind"] for each in rows]
    quotes = [each["value"] for each in rows if each["kind"] == "quote"]
    assert len(quotes) > 1
    assert all(each.startswith("'=SUM(") for each in quotes)
    assert kinds == sorted(kinds, key=lambda kind: kind in ("mood", "theme", "quote"))


LINE = Line(pulses=(1, 1), on="2026-05-14", kind="quote", value="")


@pytest.mark.parametrize("sign", [*"=+-@", "\t", "\r", "\uff1d"])
@pytest.mark.parametrize("before", ["", " ", '"', "' ", "\ufeff", "\n", '"" '])
def test_no_cell_is_a_formula(before: str, sign: str) -> None:
    evil = f'{before}{sign}HYPERLINK("http://x","y")'
    found = Export(
        partnership=evil,
        organisations=(evil,),
        results=(),
        comments=(dataclasses.replace(LINE, value=evil, whose=evil, about=evil),),
    )
    (_, row) = csv.reader(io.StringIO(as_csv(found), newline=""))
    assert [cell for cell in row if "HYPERLINK" in cell] == [f"'{evil}"] * 4


@given(st.text())
def test_a_harmless_text_stays_as_it_is_and_every_other_keeps_its_words(text: str) -> None:
    shown = defused(text)
    assert shown.removeprefix("'") in (text.replace("\0", ""), text.replace("\0", "").removeprefix("'"))
    assert not shown.strip("\"' \t\r\n").startswith(("=", "+", "-", "@")) or shown.startswith("'")
    assert defused("4.5 or more") == "4.5 or more"
