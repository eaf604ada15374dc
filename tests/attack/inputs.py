"""Inputs for the door: real requests, forged, altered, cut, bent out of shape and filled with rubbish."""

import copy
import hashlib
import hmac
import json
import random
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

Json = dict[str, Any]
Headers = list[tuple[str, str | bytes]]
FORM, JSON = "application/x-www-form-urlencoded", "application/json"
STAMP, SIGNATURE, TYPE = "x-slack-request-timestamp", "x-slack-signature", "content-type"
SECRET = "signing-secret"
NOW = 1_778_576_400
AT = str(NOW)

RUBBISH: tuple[str, ...] = (
    *("", " ", "\0", "\0" * 40, "a\0b", "\x1b[2J", "\u200b", "\u202e\u2066", "\ufeff", "\ufffe\uffff", "\U0010ffff"),
    *("👩‍👩‍👧‍👦" * 200, "Z" + "\u0301" * 5_000, "ﷺ" * 500, "İıſß" * 50, "\r\n\r\nX: y", "%00%s%n{0}{{", "' OR 1=1 --"),
    *("<!channel>", "<@U0H01>", "<https://evil.example|here>", "=1+1", "../../etc/passwd", "٣", "1e999", "-1", "NaN"),
    *("r-x|TRU1|9", "r-x|TRU1|", "9" * 400, "9" * 5_000, "x" * 20_000, "null", "{}", '{"x":1}'),
    *("\ud800", "a\udfffb", '{"channel":"\\ud800"}', '{"draft":"\\u0000"}', "[" * 3_000, '{"a":' * 3_000),
)
ODD: tuple[Any, ...] = (
    *(None, True, False, 0, -1, 2**31, 2**63, 2**64, 10**30, 1e308, -0.0, [], {}, [[]], [None], {"": None}),
    *({"id": 5}, {"id": []}, [{}], [[], []], {"id": "U0S01", "team_id": None}, {"options": [{}]}, {"values": 1}),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Input:
    """A request to the door. `signed`: the signature is right, so it may be let in; otherwise it must not be."""

    family: str
    headers: Headers
    body: bytes
    signed: bool


def signed(body: bytes, content_type: str, family: str) -> Input:
    """The request as Slack signs it."""
    headers: Headers = [(STAMP, AT), (SIGNATURE, signature(body)), (TYPE, content_type)]
    return Input(family=family, headers=headers, body=body, signed=True)


def signature(body: bytes, at: str = AT, secret: str = SECRET) -> str:
    """Slack's v0 signature."""
    return "v0=" + hmac.new(secret.encode(), b"v0:" + at.encode() + b":" + body, hashlib.sha256).hexdigest()


def encoded(body: Json) -> tuple[bytes, str]:
    """A request as it travels, and its content type."""
    if "command" in body:
        return urlencode(body, errors="replace").encode(), FORM
    text = json.dumps(body)
    return (text.encode(), JSON) if "event" in body else (urlencode({"payload": text}).encode(), FORM)


class Inputs:
    """All families of inputs around real requests, from one source of chance. `ids` are such as requests can name."""

    def __init__(self, chance: random.Random, requests: Sequence[Json], ids: Mapping[str, str]) -> None:
        self._chance = chance
        self._texts = [json.dumps(each) for each in requests]
        self._whole = [(body, kind, signature(body)) for body, kind in map(encoded, requests)]
        self._ids = list(ids.values())
        self._families: tuple[Callable[[], Input], ...] = (self._altered, self._noise, self._unreadable, self._bent)

    def next(self) -> Input:
        """One more: a little more than half of them unsigned."""
        return self._chance.choices(self._families, (45, 10, 15, 30))[0]()

    def bent(self) -> Input:
        """One more that is rightly signed and readable: what reaches furthest."""
        return self._bent()

    def _altered(self) -> Input:
        """Signed by Slack, then changed in one thing: none of these may be let in."""
        body, content_type, right = self._chance.choice(self._whole)
        stamps, signatures, sent = self._chance.choice(_FORGERIES)(self._chance, body, right)
        headers: Headers = [(STAMP, each) for each in stamps]
        headers += [(SIGNATURE, each) for each in signatures]
        return Input(family="altered", headers=[*headers, (TYPE, content_type)], body=sent, signed=False)

    def _noise(self) -> Input:
        """Bytes and headers by chance, unsigned."""
        names = (STAMP, SIGNATURE, TYPE, "content-length", "x-forwarded-for", "transfer-encoding", "x-slack-retry-num")
        headers: Headers = [
            (name, self._chance.randbytes(self._chance.randrange(60))) for name in names if self._chance.random() < 0.5
        ]
        body = self._chance.randbytes(self._chance.randrange(300))
        return Input(family="noise", headers=headers, body=body, signed=False)

    def _unreadable(self) -> Input:
        """Rightly signed, and no JSON, no form, no text, too deep or too long."""
        body, content_type, _ = self._chance.choice(self._whole)
        broken = self._chance.choices(_BREAKAGES, _HOW_OFTEN)[0](self._chance, body)
        kinds = [content_type, content_type, FORM, JSON, "text/plain", "", f"{JSON}; charset=utf-16", f"{JSON}\0"]
        return signed(broken, self._chance.choice(kinds), "unreadable")

    def _bent(self) -> Input:
        """Rightly signed and readable: parts are missing, of another kind, or full of rubbish."""
        body: Json = json.loads(self._chance.choice(self._texts))
        for _ in range(self._chance.choice((0, 1, 1, 1, 2, 3, 8))):
            self._bend(body)
        return signed(*encoded(body), "bent")

    def _bend(self, body: Json) -> None:
        places = list(_places(body))
        if not places:
            return
        parent, key = self._chance.choice(places)
        match self._chance.randrange(5):
            case 0:
                del parent[key]
            case 1:
                parent[key] = copy.deepcopy(self._chance.choice(ODD))
            case 2 | 3:
                parent[key] = self._chance.choice(RUBBISH)
            case _:
                parent[key] = self._chance.choice(self._ids)


def _places(found: Any) -> Iterator[tuple[Any, Any]]:
    """Every place of a tree where something stands, as its holder and its key."""
    pairs = found.items() if isinstance(found, dict) else enumerate(found) if isinstance(found, list) else ()
    for key, inner in list(pairs):
        yield found, key
        yield from _places(inner)


# -- forgeries: the time stamps, the signatures and the body ---------------------------------------------------------

Forged = tuple[Sequence[str | bytes], Sequence[str | bytes], bytes]


def _flipped(chance: random.Random, body: bytes, right: str) -> Forged:
    place, bit = chance.randrange(len(body)), 1 << chance.randrange(8)
    return [AT], [right], body[:place] + bytes([body[place] ^ bit]) + body[place + 1 :]


def _near(chance: random.Random, right: str) -> str:
    """A signature that is right but for one digit."""
    digit = chance.randrange(3, len(right))
    return right[:digit] + ("0" if right[digit] != "0" else "1") + right[digit + 1 :]


def _late(chance: random.Random) -> str:
    return str(NOW + chance.choice((-301, 301, -86_400, 86_400, -NOW, 10**11)))


def _replayed(chance: random.Random, body: bytes, right: str) -> Forged:
    late = _late(chance)
    return [late], [signature(body, late)], body


def _stamp_as(written: str) -> Callable[[random.Random, bytes, str], Forged]:
    """A time stamp in other words, rightly signed with them."""
    return lambda _, body, __: ([written], [signature(body, written)], body)


_FORGERIES: tuple[Callable[[random.Random, bytes, str], Forged], ...] = (
    _flipped,
    _replayed,
    *map(_stamp_as, (f"{AT}.0", f"+{AT}", f"{AT}e0", "0" * 13 + AT, "-1", "", "²")),
    lambda chance, body, right: ([AT], [right], body[: chance.randrange(len(body))]),
    lambda _, body, right: ([AT], [right], body + b"&x=1"),
    lambda chance, body, right: ([AT], [_near(chance, right)], body),
    lambda chance, body, right: ([AT], [right[: chance.randrange(len(right))]], body),
    lambda _, body, right: ([AT], [right + "0"], body),
    lambda _, body, right: ([AT], [right.upper()], body),
    lambda _, body, right: ([AT], [f" {right}"], body),
    lambda _, body, right: ([AT], [right.replace("v0", "v1")], body),
    lambda _, body, right: ([AT], [right.removeprefix("v0=")], body),
    lambda chance, body, _: ([AT], [chance.randbytes(chance.randrange(80))], body),
    lambda _, body, __: ([AT], [signature(body, secret="another")], body),
    lambda _, body, __: ([AT], [signature(body, secret="")], body),
    lambda chance, body, right: ([_late(chance)], [right], body),
    lambda _, body, right: ([f" {AT}"], [right], body),
    lambda chance, body, right: ([chance.randbytes(chance.randrange(80))], [right], body),
    lambda _, body, right: ([], [right], body),
    lambda _, body, __: ([AT], [], body),
    lambda _, body, __: ([], [], body),
    lambda _, body, right: ([AT, AT], [right], body),
    lambda _, body, right: ([AT], [right, right], body),
    lambda chance, body, right: ([AT], [_near(chance, right), right], body),
    lambda chance, body, right: ([_late(chance), AT], [right], body),
)

# -- breakages: the body, rightly signed afterwards ------------------------------------------------------------------


def _deep(before: bytes, after: bytes) -> Callable[[random.Random, bytes], bytes]:
    def nested(chance: random.Random, _: bytes) -> bytes:
        depth = chance.randrange(1, 3_000)
        return b'{"type":"event_callback","event":' + before * depth + b"1" + after * depth + b"}"

    return nested


def _with(chance: random.Random, body: bytes, more: bytes) -> bytes:
    place = chance.randrange(len(body))
    return body[:place] + more + body[place:]


_BREAKAGES: tuple[Callable[[random.Random, bytes], bytes], ...] = (
    lambda chance, body: body[: chance.randrange(len(body))],
    lambda chance, body: _with(chance, body, chance.randbytes(4)),
    lambda chance, body: _with(chance, body, chance.choice(RUBBISH).encode("utf-8", "surrogatepass")[:500]),
    lambda chance, _: chance.randbytes(chance.randrange(300)),
    lambda chance, _: b"payload=" + chance.randbytes(60),
    lambda chance, _: b"payload=%7B%22type%22:%22block_actions%22" + b"%" * chance.randrange(5),
    _deep(b"[", b"]"),
    _deep(b'{"a":', b"}"),
    lambda chance, _: b"&".join([b"a=1"] * chance.randrange(1, 3_000)),
    lambda _, __: b"payload=" + b"%22" * 400_000,
)
_HOW_OFTEN = (200, 200, 200, 100, 100, 100, 20, 20, 5, 1)  # what is long costs more
