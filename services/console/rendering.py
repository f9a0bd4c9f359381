"""Pages from templates. All texts go through the catalogue; all moments are shown in the zone of the person."""

import json
import re
import secrets
from collections.abc import Mapping, Sequence
from datetime import date, datetime, tzinfo
from decimal import Decimal
from functools import cache
from typing import TYPE_CHECKING, Any, Final

from jinja2 import Environment, PackageLoader, StrictUndefined, pass_context
from jinja2.runtime import Context
from markupsafe import Markup, escape
from starlette.responses import HTMLResponse

from console.api_client import Away
from console.meetings import asks_how_it_was
from console.rhythms import in_words, rhythms
from service_kit.languages import Language

if TYPE_CHECKING:
    from console.visit import Visit

POLICY: Final = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; "
    "base-uri 'none'; frame-ancestors 'none'; form-action 'self'"
)
"""Nothing comes from elsewhere, and nothing inline runs. Pico draws its arrows with data: images."""


def render(visit: "Visit", template: str, status: int, headers: Mapping[str, str], content: Any) -> HTMLResponse:
    """A page for a person who is signed in."""
    shared = {
        "me": visit.me,
        "zone": visit.zone,
        "now": visit.now,
        "path": visit.path,
        "outcome": visit.outcome,
        "subject": visit.session.get("subject"),
        "is_hr": visit.is_hr,
        "made_at": visit.made_at,
        "is_local": visit.context.settings.sign_in == "local",
    }
    return page_of(template, visit.language, status, headers, {**shared, **content})


def page_of(
    template: str, language: Language, status: int, headers: Mapping[str, str], content: Mapping[str, Any]
) -> HTMLResponse:
    """A page. Without ``me`` in its content it is one for everybody."""
    given = {"me": None, "outcome": None, "path": "/", "zone": None, "is_local": False, "is_hr": False, **content}
    text = environment().get_template(template).render(language=language, **given)
    policy = {
        "Content-Security-Policy": POLICY,
        "Content-Language": language.tag,
        "Referrer-Policy": "same-origin",  # with no-referrer, forms would send "Origin: null" (Fetch standard)
        "X-Robots-Tag": "noindex",
    }
    return HTMLResponse(text, status, {**policy, **headers})


def compile_all() -> None:
    """Compile the templates when the process starts. Otherwise the first request of each page would be slower."""
    for name in environment().list_templates():
        environment().get_template(name)


@cache
def environment() -> Environment:
    """The templates, with what they may use."""
    made = Environment(
        loader=PackageLoader("console"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        extensions=["jinja2.ext.do"],
    )
    names: dict[str, Any] = {
        "say": say,
        "several": several,
        "fresh_key": lambda: secrets.token_hex(16),
        "rhythms": _rhythms,
        "asks_how_it_was": asks_how_it_was,
    }
    made.globals.update(names)
    filters: dict[str, Any] = {
        "moment": _moment,
        "day": _day,
        "local": _local,
        "lines": _lines,
        "amount": _amount,
        "rhythm": _rhythm,
        "address": _address,
        "as_json": _as_json,
        "place": _place,
    }
    made.filters.update(filters)
    made.tests["away"] = lambda value: isinstance(value, Away)
    return made


@pass_context
def say(context: Context, sentence: str, **values: Any) -> Markup:
    """A sentence of ours in the language of the page. Values are escaped, unless they are Markup."""
    language: Language = context["language"]
    return Markup(language.say(sentence, **{name: _value(each) for name, each in values.items()}))


@pass_context
def several(context: Context, one: str, many: str, number: int, **values: Any) -> Markup:
    """The sentence for this number of things."""
    language: Language = context["language"]
    return Markup(language.several(one, many, number, **{name: _value(each) for name, each in values.items()}))


def _value(value: Any) -> Any:
    return value if isinstance(value, date | float | int) else str(escape(value))


@pass_context
def _moment(context: Context, given: str | datetime | None) -> Markup:
    """An instant as the person reads it, in their zone."""
    if given is None:
        return Markup("")
    instant = _instant(given)
    language: Language = context["language"]
    shown = language.moment(instant, _zone(context), context["now"].astimezone(_zone(context)).date())
    return Markup('<time datetime="{}">{}</time>').format(instant.isoformat(), shown)


@pass_context
def _day(context: Context, given: str | date | None) -> Markup:
    """A date with the day of the week."""
    if given is None:
        return Markup("")
    day = date.fromisoformat(given) if isinstance(given, str) else given
    language: Language = context["language"]
    return Markup('<time datetime="{}">{}</time>').format(day.isoformat(), language.day(day))


@pass_context
def _local(context: Context, given: str | datetime | None) -> str:
    """An instant as the value of a field for a local date and time."""
    if not given:
        return ""
    return _instant(given).astimezone(_zone(context)).strftime("%Y-%m-%dT%H:%M")


def _instant(given: str | datetime) -> datetime:
    return datetime.fromisoformat(given) if isinstance(given, str) else given


def _lines(text: str | None) -> Markup:
    """What a person wrote, with its line breaks. Its direction follows from its first letters."""
    broken = Markup("<br>").join((text or "").split("\n"))
    return Markup('<span dir="auto" class="words">{}</span>').format(broken)


PAGE_OF_KIND: Final[Mapping[str, str]] = {
    "commitment": "/promises",
    "goal": "/goals",
    "session": "/sessions",
    "check-ins": "/check-ins",
}


def _address(stream: str, partnership: str) -> str:
    """The page of a thing; that of its partnership, if it has none of its own."""
    page = PAGE_OF_KIND.get(stream.partition("_")[0])
    return f"/partnerships/{partnership}" if page is None else f"{page}/{stream}"


@pass_context
def _rhythm(context: Context, rule: str) -> str:
    return in_words(rule, context["language"])


@pass_context
def _rhythms(context: Context) -> Sequence[tuple[str, str]]:
    return rhythms(context["language"])


@pass_context
def _amount(context: Context, given: str) -> str:
    """A decimal number as the person writes it."""
    language: Language = context["language"]
    return language.number(Decimal(given))


def _as_json(value: Any) -> str:
    """JSON as the value of a field. (Jinja's ``tojson`` has quotation marks, which end the attribute.)"""
    return json.dumps(value, sort_keys=True)


def _place(value: str) -> str:
    """A value as a part of an id on the page."""
    return re.sub(r"[^a-z0-9]+", "-", value.lower()).strip("-")


def _zone(context: Context) -> tzinfo:
    return context["zone"]
