"""What is released of a block's comments, and from how many people."""

from collections.abc import Sequence
from dataclasses import fields
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.domain.anonymity import Band, CommentsResult, MoodWord, Theme
from bot.domain.mood_release import release_comments
from bot.domain.promise import PROMISE, Promise
from bot.domain.responses import Comment
from bot.domain.sentiment import Mood
from tests.domain.voices import BRIGHTBUILD, COUNCIL, answers, comments

GOOD, BAD, PLAIN, UNSURE = Mood.POSITIVE, Mood.NEGATIVE, Mood.NEUTRAL, Mood.UNSURE
bounded = settings(max_examples=60, deadline=None)


def release(given_comments: Sequence[Comment], answering: int = 12, promise: Promise = PROMISE) -> CommentsResult:
    given_answers = answers(BRIGHTBUILD, [4] * (answering // 2)) + answers(COUNCIL, [4] * (answering - answering // 2))
    return release_comments(given_comments, answers=given_answers, promise=promise, random=Random(3))


TWO_QUOTABLE = comments([GOOD], quotable="Calls are useful.") + comments([BAD], quotable="Plans came late.", first=1)


class TestMood:
    @pytest.mark.parametrize(
        ("moods", "word"),
        [
            ([GOOD] * 5, MoodWord.MOSTLY_POSITIVE),
            ([GOOD] * 3 + [BAD] * 2, MoodWord.MOSTLY_POSITIVE),
            ([BAD] * 3 + [PLAIN, UNSURE], MoodWord.MOSTLY_WORRIED),
            ([PLAIN, UNSURE, PLAIN, GOOD, BAD], MoodWord.MOSTLY_NEUTRAL),
            ([GOOD] * 3 + [BAD] * 3, MoodWord.MIXED),
            ([GOOD] * 4 + [BAD] * 3 + [PLAIN] * 2, MoodWord.MIXED),
            ([GOOD] * 4, None),
            ([GOOD] * 2 + [BAD] * 2 + [PLAIN], None),
            ([GOOD] * 4 + [BAD] * 2 + [PLAIN] * 4, None),
            ([], None),
        ],
    )
    def test_it_is_a_word_from_five_people_and_three_in_each_class_it_names(
        self, moods: list[Mood], word: MoodWord | None
    ) -> None:
        assert release(comments(moods)).mood is word

    def test_one_person_who_writes_much_is_one_person(self) -> None:
        assert release(comments([BAD]) * 9 + comments([BAD] * 3, first=1)).mood is None
        assert release(comments([BAD]) * 9 + comments([GOOD] * 4, first=1)).mood is MoodWord.MOSTLY_POSITIVE

    def test_a_person_who_says_both_leans_to_neither_side(self) -> None:
        assert release(comments([BAD] * 3) + comments([GOOD] * 5)).mood is MoodWord.MOSTLY_NEUTRAL

    def test_new_members_are_heard_and_count_towards_no_minimum(self) -> None:
        joiners = comments([BAD] * 5, counts=False, first=10)
        assert release(comments([BAD] * 4) + joiners).mood is None
        assert release(comments([GOOD] * 2 + [PLAIN] * 3) + joiners).mood is None
        assert release(comments([BAD] * 3 + [GOOD] * 2) + joiners).mood is MoodWord.MOSTLY_WORRIED

    @given(st.lists(st.sampled_from(Mood), max_size=12), st.lists(st.sampled_from(Mood), max_size=4))
    @bounded
    def test_one_to_four_people_nobody_could_place_leave_no_trace(
        self, placed: list[Mood], unplaced: list[Mood]
    ) -> None:
        strangers = comments(unplaced, organisation=None, themes=("risk",), quotable="We are strangers.")
        assert release(comments(placed) + strangers) == release(comments(placed))

    @given(st.lists(st.sampled_from(Mood), max_size=12), st.randoms(use_true_random=False))
    @bounded
    def test_the_order_of_comments_changes_nothing(self, moods: list[Mood], random: Random) -> None:
        written = comments(moods, themes=("trust", "risk"), quotable="Good.")
        assert release(random.sample(written, len(written))) == release(written)


class TestThemes:
    def test_a_theme_needs_five_people_and_says_no_more_of_how_many_they_are(self) -> None:
        written = comments([PLAIN] * 11, themes=("communication",)) + comments([PLAIN] * 4, themes=("trust",))
        assert release(written).themes == (Theme(dimension="communication", people=Band(low=5, is_last=True)),)

    def test_new_members_do_not_make_a_theme(self) -> None:
        joiner = comments([PLAIN], themes=("trust",), counts=False, first=4)
        assert release(comments([PLAIN] * 4, themes=("trust",)) + joiner).themes == ()

    def test_themes_are_in_alphabetical_order_not_in_order_of_people(self) -> None:
        written = comments([PLAIN] * 9, themes=("trust",)) + comments([PLAIN] * 5, themes=("risk", "openness"))
        assert [theme.dimension for theme in release(written).themes] == ["openness", "risk", "trust"]


class TestQuotes:
    def test_only_what_its_author_allowed_is_quoted(self) -> None:
        assert set(release(TWO_QUOTABLE + comments([BAD] * 6, first=2)).quotes) == {
            "Calls are useful.",
            "Plans came late.",
        }

    @pytest.mark.parametrize(("answering", "quoted"), [(9, 0), (10, 2), (30, 2)])
    def test_quotes_need_ten_people_answering(self, answering: int, quoted: int) -> None:
        assert len(release(TWO_QUOTABLE, answering).quotes) == quoted

    def test_people_nobody_could_place_do_not_make_up_the_ten(self) -> None:
        given_answers = answers(BRIGHTBUILD, [4] * 9) + answers(None, [4] * 4)
        result = release_comments(TWO_QUOTABLE, answers=given_answers, promise=PROMISE, random=Random(3))
        assert result.quotes == ()

    def test_the_order_in_which_quotes_were_stored_does_not_show(self) -> None:
        assert release(TWO_QUOTABLE).quotes == release(TWO_QUOTABLE[::-1]).quotes

    def test_one_author_alone_is_never_quoted(self) -> None:
        assert release(TWO_QUOTABLE[:1]).quotes == ()
        assert release(TWO_QUOTABLE[:1] * 3).quotes == ()

    def test_a_stricter_promise_withholds_quotes(self) -> None:
        assert release(TWO_QUOTABLE, promise=PROMISE.tightened(quote_people=13)).quotes == ()

    def test_every_order_of_quotes_is_drawn(self) -> None:
        given_answers = answers(BRIGHTBUILD, [4] * 12)
        random = Random(1)
        orders = {
            release_comments(TWO_QUOTABLE, answers=given_answers, promise=PROMISE, random=random).quotes
            for _ in range(40)
        }
        assert len(orders) == 2

    def test_quotes_stand_beside_no_score_and_no_date_of_a_round(self) -> None:
        assert [each.name for each in fields(CommentsResult)] == ["mood", "themes", "quotes"]
        assert all(type(quote) is str for quote in release(TWO_QUOTABLE).quotes)
