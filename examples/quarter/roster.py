"""The company's roster, as its HR system exports it."""

import csv
import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path

import httpx

from examples.quarter.person import Json, Unexpected

HR = "hr-export"
"""The sender of the roster: a system with the scope hr.directory, and no person of the roster."""

ANY_WEEK = (0, 1, 2, 3, 4)
DAYS = ("mo", "tu", "we", "th", "fr", "sa", "su")


@dataclass(frozen=True, slots=True, kw_only=True)
class Employee:
    """One line of the roster: name, place, weekdays and leave of a person."""

    external_id: str
    login: str
    name: str
    zone: str
    weekdays: tuple[int, ...]
    away: tuple[tuple[date, date], ...]


def read_employees(roster: Path, shape: Path) -> Sequence[Employee]:
    """The people of readable lines. The service reports the wrong lines."""
    how: Json = json.loads(shape.read_text())
    with roster.open(encoding=how.get("encoding", "utf-8"), newline="") as file:
        lines = list(csv.DictReader(file, delimiter=how.get("delimiter", ",")))
    return [employee for line in lines if (employee := _employee(line, how)) is not None]


async def import_roster(
    partnerships: httpx.AsyncClient, token: str, examples: Path, issuer: str, locale: str | None
) -> Json:
    """Send the roster to the service, with this locale for everybody or their own. Returns its report."""
    shape: Json = json.loads((examples / "roster.columns.json").read_text()) | {"login_source": issuer}
    if locale is not None:
        shape["values"]["locale"] = dict.fromkeys(shape["values"]["locale"], locale)
    body = {"shape": shape, "csv": (examples / "roster.csv").read_text(encoding=shape.get("encoding", "utf-8"))}
    headers = {"Authorization": f"Bearer {token}", "Idempotency-Key": "roster"}
    answer = await partnerships.post("/roster", json=body, headers=headers)
    if answer.status_code != 200:
        raise Unexpected(f"POST /roster → {answer.status_code} {answer.text[:500]}")
    report: Json = answer.json()
    return report


def _employee(line: dict[str, str], how: Json) -> Employee | None:
    columns, values, defaults = how["columns"], how.get("values", {}), how.get("defaults", {})

    def cell(field: str) -> str:
        named = columns.get(field)
        names = [named] if isinstance(named, str) else (named or [])
        text = " ".join(line[name].strip() for name in names if line.get(name)).strip()
        return values.get(field, {}).get(text, text) or defaults.get(field, "")

    def day(field: str) -> date | None:
        try:
            return datetime.strptime(cell(field), how.get("date_format", "%Y-%m-%d")).date()  # noqa: DTZ007
        except ValueError:
            return None

    if not cell("external_id") or not cell("login") or cell("active") == "no":
        return None
    first, last = day("away_from"), day("away_until")
    return Employee(
        external_id=cell("external_id"),
        login=cell("login"),
        name=cell("display_name"),
        zone=cell("zone"),
        weekdays=_weekdays(cell("hours")),
        away=((first, last),) if first and last else (),
    )


def _weekdays(hours: str) -> tuple[int, ...]:
    """The weekdays of ``Mo-Fr 9-17`` or ``Su-Th 8-16``; without a text the usual week."""
    days: list[int] = []
    for part in hours.lower().split(","):
        named = [DAYS.index(word[:2]) for word in part.replace("-", " ").split() if word[:2] in DAYS]
        if len(named) == 2:
            first, last = named
            days += [(first + step) % 7 for step in range((last - first) % 7 + 1)]
        else:
            days += named
    return tuple(sorted(set(days))) or ANY_WEEK
