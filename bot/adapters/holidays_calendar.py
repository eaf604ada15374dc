"""Public holidays of the organisations' regions, from the `holidays` library (why: docs/decisions/holidays.md)."""

import datetime as dt
import difflib
from collections.abc import Iterator, Sequence

import holidays
from holidays.registry import COUNTRIES

from bot.domain.errors import BadInput

NEAR = 4


class UnknownRegion(BadInput):
    """A region whose holidays are not known. `near` are the codes it resembles, the most similar first."""

    def __init__(self, code: str, near: tuple[str, ...]) -> None:
        advice = f"Did you mean {' or '.join(near)}?" if near else "Examples are GB-ENG, IE and DE-BY."
        super().__init__(f"“{code}” is not a region with known holidays. {advice}", field="regions")
        self.near = near


class HolidayCalendar:
    """Answers whether a day is a holiday somewhere. Keeps each region's year once it was asked for.

    A region is an ISO 3166 code of a country ("IE") or of a part of one ("GB-ENG"); holidays of a country's code alone
    are those of the whole country. Substitute days (a holiday observed on a later or earlier weekday) count.
    """

    def __init__(self) -> None:
        self._codes = frozenset(_codes())
        self._days: dict[tuple[str, int], frozenset[dt.date]] = {}

    def is_holiday(self, day: dt.date, regions: Sequence[str]) -> bool:
        """Whether `day` is a public holiday in at least one of the regions. Raises UnknownRegion."""
        return any(day in self._holidays(region, day.year) for region in regions)

    def known_region(self, code: str) -> bool:
        """Whether the holidays of this code are known. Codes are written in capitals."""
        return code in self._codes

    def regions_like(self, text: str) -> tuple[str, ...]:
        """Up to four codes that resemble a code or a name ("GB-EN", "Scotland"), the most similar first."""
        wanted = text.strip().lower()
        names = _names(self._codes)
        near = [code for name in difflib.get_close_matches(wanted, names, n=NEAR, cutoff=0.8) for code in names[name]]
        country = wanted.partition("-")[0].upper()
        parts = sorted(code for code in self._codes if code.startswith(f"{country}-"))
        return tuple(dict.fromkeys(near or parts))[:NEAR]

    def _holidays(self, region: str, year: int) -> frozenset[dt.date]:
        if not self.known_region(region):
            raise UnknownRegion(region, self.regions_like(region))
        if (region, year) not in self._days:
            country, _, part = region.partition("-")
            self._days[region, year] = frozenset(
                holidays.country_holidays(country, subdiv=part or None, years=year, observed=True)
            )
        return self._days[region, year]


def _codes() -> Iterator[str]:
    for country, parts in holidays.list_supported_countries(include_aliases=False).items():
        yield country
        yield from (f"{country}-{part}" for part in parts)


def _names(codes: frozenset[str]) -> dict[str, list[str]]:
    """All that people may call a region, in lower case, with the codes meant ("georgia": GE and US-GA)."""
    names = {code.lower(): [code] for code in sorted(codes)}
    for country, (_, code, *others) in COUNTRIES.items():
        for name in (country.replace("_", " "), *others):
            names.setdefault(name.lower(), []).append(code)
        for part, aliases in holidays.country_holidays(code).get_subdivision_aliases().items():
            for alias in aliases:
                names.setdefault(alias.lower(), []).append(f"{code}-{part}")
    return names
