"""The demonstration: a council and a contractor in a stand-in workspace, twelve weeks of story, then live."""

import shutil
from collections.abc import Callable
from pathlib import Path

from cryptography.fernet import Fernet

from bot.adapters.clock import MovableClock, SystemClock
from bot.adapters.stand_in import APP_TOKEN, BOT_TOKEN, StandIn, for_the_page
from bot.app import build, run, serve
from bot.config import Settings
from bot.demo import cast
from bot.demo.live import Live
from bot.demo.story import Teller, beginning
from storage.claiming import AT_ONCE

ROOT = Path(__file__).parent.parent.parent
_FOLDER = ROOT / "data" / "demonstration"


def run_demo(port: int, say: Callable[[str], None]) -> int:
    """Run the demonstration until Ctrl-C; everything it started ends with it. Raises NoStandIn."""
    members = [user.id for user in cast.USERS]
    channels = {
        cast.CHANNEL: ("northfield-schools", members),
        cast.OTHER_CHANNEL: ("harbour-bridge", members),
    }
    say(
        "Starting the stand-in workspace. It knows no passwords and listens on every network interface of this machine."
    )
    with StandIn(ROOT, port, cast.USERS, channels) as stand_in:
        folder = _FOLDER / str(port)  # two demonstrations do not share a database
        shutil.rmtree(folder, ignore_errors=True)
        settings = Settings(
            bot_token=BOT_TOKEN,
            app_token=APP_TOKEN,
            signing_secret="",
            port=0,
            api_url=f"{stand_in.address}/api/",
            database_url=f"sqlite:///{folder / 'pulse.db'}",
            secret_key=Fernet.generate_key().decode(),
            operator=cast.COUNCIL,
        )
        clock = MovableClock(beginning(SystemClock().now()))
        product = build(settings, clock=clock, pace=AT_ONCE, rewrite=for_the_page)
        teller = Teller(product=product, clock=clock)
        say("Telling twelve weeks of Northfield Schools ...")
        product.writer.start()
        teller.tell(say)
        product.writer.stop()
        run(_live(teller, stand_in, say))
    return 0


async def _live(teller: Teller, stand_in: StandIn, say: Callable[[str], None]) -> None:
    await serve(teller.product, (Live(teller, stand_in).verb(),), on_ready=lambda: say(_WHAT_TO_TRY.format(stand_in)))
    say("\nThe demonstration has ended.")


_WHAT_TO_TRY = """
The demonstration is ready: open {0.address}

  1. Open #northfield-schools and scroll to the end: pulse 13 is open.
  2. Choose somebody under "Act as" and answer with one click; add a comment; press "More".
  3. Act as somebody of the other organisation: Karl Jensen and those after him are Brightbuild's.
  4. Read what seniors got in the direct messages of Ben Carter and Lucy Webb: weekly digests, and an alert.
  5. Raise a concern, thank somebody of the other side, or type  /escalate  and  /pulse help .
  6. Type  /pulse demo next-week  and watch colleagues answer, the round close and the next one open.
  7. Type  /pulse setup  in #harbour-bridge to set up a partnership of your own, and next-week there.

Everybody sees everybody's private messages on this page, and modals open for all who look at it: Slack itself does not
do that. Ctrl-C ends everything.
"""
