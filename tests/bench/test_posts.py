"""Delivery within Slack's limits and under kills, in small: the whole ones are `make bench`."""

from storage.engine import Database
from tests.bench.posts import kill_workers, throughput
from tests.bench.test_kills import address


def test_many_workspaces_are_served_at_the_same_time_each_within_its_limits(database: Database) -> None:
    found = throughput(address(database), workspaces=10, each=30, channels=6)
    assert (found.posted, found.refused) == (300, 0)


def test_without_pace_slack_refuses(sqlite: Database) -> None:
    assert throughput(address(sqlite), workspaces=10, each=8, channels=4, variant="unpaced").refused > 0


def test_however_often_workers_are_killed_and_replies_lost_each_message_arrives_once(database: Database) -> None:
    found = kill_workers(address(database), messages=500, channels=25)
    assert found.kills > 0
    assert found.lost_replies > 0
    assert (found.duplicates, found.missing, found.out_of_order) == (0, 0, 0)


def test_workers_that_post_again_on_doubt_leave_duplicates(sqlite: Database) -> None:
    assert kill_workers(address(sqlite), messages=300, channels=25, variant="posts on doubt").duplicates > 0
