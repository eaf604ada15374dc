"""Reads partnerships from a YAML file (docs/set-up.md), so that every fault names its line.

The tree of nodes is read instead of the values: nodes know their lines, and 10:00 stays what was written.
"""

from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any, TypeAlias

import yaml
from yaml.nodes import MappingNode, Node, ScalarNode, SequenceNode

from bot.domain.errors import FieldFault, InvalidForm
from bot.domain.ids import ChannelId, UserId
from bot.domain.spec import OrganisationSpec, PartnershipSpec, RungSpec

_NEEDED = frozenset({"name", "channel", "timezone", "pulse", "organisations"})


def read_file(path: Path | str) -> tuple[PartnershipSpec, ...]:
    """The partnerships that a file asks for. Raises InvalidForm with all that cannot be read, or OSError."""
    try:
        text = Path(path).read_text(encoding="utf-8")
    except UnicodeDecodeError as error:
        raise InvalidForm((FieldFault(field="file", reason="is not text in UTF-8."),)) from error
    return read_text(text)


def read_text(text: str) -> tuple[PartnershipSpec, ...]:
    """The partnerships that a text asks for. Raises InvalidForm."""
    reading = _Reading()
    specs = reading.partnerships(_composed(text))
    if reading.faults:
        raise InvalidForm(tuple(sorted(reading.faults, key=lambda fault: fault.line or 0)))
    return specs


def _composed(text: str) -> Node | None:
    try:
        return yaml.compose(text, Loader=yaml.SafeLoader)
    except yaml.MarkedYAMLError as error:
        line = error.problem_mark.line + 1 if error.problem_mark else None
        raise InvalidForm((FieldFault(field="file", reason=f"is not YAML: {error.problem}.", line=line),)) from error
    except yaml.YAMLError as error:  # a character that no YAML may hold: it knows a position, but no line
        line = text.count("\n", 0, getattr(error, "position", 0)) + 1
        raise InvalidForm(
            (FieldFault(field="file", reason="holds a character that is not text.", line=line),)
        ) from error


_Reader: TypeAlias = Callable[[Node, str], Any]


class _Reading:
    """One reading of a file: what was found wrong so far, and where the fields of the present partnership stand."""

    def __init__(self) -> None:
        self.faults: list[FieldFault] = []
        self._lines: dict[str, int] = {}

    def partnerships(self, root: Node | None) -> tuple[PartnershipSpec, ...]:
        if root is None:
            self.faults.append(FieldFault(field="file", reason="is empty.", line=1))
            return ()
        found = self._mapping(root, "file", {"partnerships": self._specs}, needed={"partnerships"})
        specs: tuple[PartnershipSpec, ...] = found.get("partnerships", ())
        return specs

    def _specs(self, node: Node, place: str) -> tuple[PartnershipSpec, ...]:
        specs = (self._spec(each) for each in self._items(node, place))
        return tuple(spec for spec in specs if spec is not None)

    def _spec(self, node: Node) -> PartnershipSpec | None:
        self._lines = {"": _line(node)}
        readers: Mapping[str, _Reader] = {
            "name": self._text,
            "channel": self._text,
            "timezone": self._text,
            "pulse": self._pulse,
            "organisations": self._organisations,
            "promise": self._promise,
            "facilitators": self._users,
            "administrators": self._users,
            "route_map": self._route_map,
        }
        found = self._mapping(node, "", readers, needed=set(_NEEDED))
        if not found.keys() >= _NEEDED:
            return None
        pulse = found.pop("pulse")
        return PartnershipSpec(**{**found, **pulse, "channel": ChannelId(found["channel"])}, lines=self._lines)

    def _pulse(self, node: Node, place: str) -> dict[str, Any]:
        readers: Mapping[str, _Reader] = {
            "every": self._text,
            "weekday": self._text,
            "at": self._text,
            "open_working_days": self._number,
            "team_first_working_days": self._number,
        }
        return self._mapping(node, place, readers, needed={"every", "weekday", "at"})

    def _organisations(self, node: Node, place: str) -> tuple[OrganisationSpec, ...]:
        readers: Mapping[str, _Reader] = {
            "name": self._text,
            "team_id": self._text,
            "email_domains": self._domains,
            "region": self._text,
            "group": self._text,
            "host": self._flag,
            "leads": self._users,
            "seniors": self._users,
            "members": self._users,
        }
        return tuple(
            OrganisationSpec(**self._mapping(each, f"{place}[{number}]", readers, needed={"name"}))
            for number, each in enumerate(self._items(node, place))
        )

    def _promise(self, node: Node, place: str) -> dict[str, int]:
        if not isinstance(node, MappingNode):
            self._wrong(node, place, "needs names with numbers.")
            return {}
        return {key.value: self._number(value, f"{place}.{key.value}") for key, value in self._pairs(node, place)}

    def _route_map(self, node: Node, place: str) -> tuple[RungSpec, ...]:
        readers: Mapping[str, _Reader] = {"level": self._text, "working_days": self._number, "owners": self._owners}
        return tuple(
            RungSpec(**self._mapping(each, f"{place}[{number}]", readers, needed={"level", "working_days"}))
            for number, each in enumerate(self._items(node, place))
        )

    def _owners(self, node: Node, place: str) -> dict[str, UserId]:
        if not isinstance(node, MappingNode):
            self._wrong(node, place, "needs names of organisations with ids of people.")
            return {}
        return {key.value: UserId(self._text(value, f"{place}.{key.value}")) for key, value in self._pairs(node, place)}

    def _users(self, node: Node, place: str) -> tuple[UserId, ...]:
        return tuple(UserId(each) for each in self._texts(node, place))

    def _domains(self, node: Node, place: str) -> tuple[str, ...]:
        return tuple(each.lower() for each in self._texts(node, place))

    def _texts(self, node: Node, place: str) -> tuple[str, ...]:
        texts = [self._text(each, f"{place}[{number}]") for number, each in enumerate(self._items(node, place))]
        for number, text in enumerate(texts):
            if text and text in texts[:number]:
                self._wrong(node, f"{place}[{number}]", f"“{text}” is listed twice.")
        return tuple(texts)

    def _text(self, node: Node, place: str) -> str:
        self._lines[place] = _line(node)
        if not isinstance(node, ScalarNode):
            self._wrong(node, place, "needs one value.")
            return ""
        if node.tag == "tag:yaml.org,2002:null":
            self._wrong(node, place, "is empty.")
            return ""
        return str(node.value).strip()

    def _number(self, node: Node, place: str) -> int:
        text = self._text(node, place)
        if not text.isascii() or not text.isdecimal() or len(text) > 4:
            self._wrong(node, place, f"“{text}” is not a whole number." if text else "needs a whole number.")
            return 0
        return int(text)

    def _flag(self, node: Node, place: str) -> bool:
        text = self._text(node, place)
        if text not in ("true", "false"):
            self._wrong(node, place, "needs true or false.")
        return text == "true"

    def _items(self, node: Node, place: str) -> list[Node]:
        self._lines[place] = _line(node)
        if not isinstance(node, SequenceNode):
            self._wrong(node, place, "needs a list.")
            return []
        return list(node.value)

    def _mapping(self, node: Node, place: str, readers: Mapping[str, _Reader], needed: set[str]) -> dict[str, Any]:
        """The known keys of a mapping, each read by its own reader."""
        self._lines[place] = _line(node)
        if not isinstance(node, MappingNode):
            self._wrong(node, place, f"needs {', '.join(sorted(needed))}.")
            return {}
        found: dict[str, Any] = {}
        for key, value in self._pairs(node, place):
            inner = key.value if place in ("", "file") else f"{place}.{key.value}"
            if key.value in readers:
                found[key.value] = readers[key.value](value, inner)
            else:
                self._wrong(key, inner, f"is not known here. Known are {', '.join(readers)}.")
        for missing in sorted(needed - found.keys()):
            self._wrong(node, missing if place in ("", "file") else f"{place}.{missing}", "is missing.")
        return found

    def _pairs(self, node: MappingNode, place: str) -> Iterator[tuple[ScalarNode, Node]]:
        """Keys and values; a key that is not one word, or comes twice, is a fault."""
        seen: set[str] = set()
        for key, value in node.value:
            if not isinstance(key, ScalarNode):
                self._wrong(key, place, "has a key that is not one word.")
            elif key.value in seen:
                self._wrong(key, f"{place}.{key.value}".lstrip("."), "is given twice.")
            else:
                seen.add(key.value)
                yield key, value

    def _wrong(self, node: Node, place: str, reason: str) -> None:
        self.faults.append(FieldFault(field=place or "partnerships", reason=reason, line=_line(node)))


def _line(node: Node) -> int:
    return int(node.start_mark.line) + 1
