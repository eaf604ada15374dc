"""A strict Slack on loopback for tests: it holds a world, refuses what Slack refuses, and makes Slack's payloads.

    with SlackDouble() as slack:
        slack.world.add_user("U_ANA")
        slack.world.add_user("U_MAX", team_id=World.EXT)
        slack.world.add_channel("C1", members=["U_ANA", "U_MAX"])
        WebClient(token=slack.token, base_url=slack.url)                    # what the app is given
        [message] = slack.messages("C1")
        click = slack.person("U_MAX").clicks("answer", on=message)          # the payload Slack would send
        headers = sign(body := form_body(click), secret, time.time())       # ... as a signed HTTP request
        slack.deliver("interactive", click)                                 # ... or through Socket Mode

`world` is what is true (change it freely), `events` what Slack tells, `faults` what goes wrong, `clock` the time,
`calls` what the app asked for. Each double has its own; nothing is kept in modules.
"""

from .clock import Clock
from .faults import Faults
from .payloads import ImpossibleAction, Person, form_body, sign
from .records import Channel, Message, User
from .refusals import Refused
from .server import SlackDouble
from .world import ALL_SCOPES, World

__all__ = [
    "ALL_SCOPES",
    "Channel",
    "Clock",
    "Faults",
    "ImpossibleAction",
    "Message",
    "Person",
    "Refused",
    "SlackDouble",
    "User",
    "World",
    "form_body",
    "sign",
]
