"""The HTML part of a mail: the words and links of its text, in one layout without tables, scripts and images.

It names no colours, so it is readable in a dark mail program, too. The text part stays the truth.
"""

from collections.abc import Iterator, Sequence
from functools import cache
from itertools import groupby
from typing import TYPE_CHECKING, Final

from notifications.channels.letters import Letter
from notifications.quoting import is_quoted, unmarked

if TYPE_CHECKING:
    from jinja2 import Template

STYLE: Final = """
body { font: 1rem/1.5 system-ui, sans-serif; max-width: 38rem; margin: 1.5rem auto; padding: 0 1rem }
blockquote { border-left: .2rem solid; margin: 1rem 0; padding: 0 1rem }
footer { font-size: .85rem; opacity: .8 }
"""
LAYOUT: Final = """<!doctype html>
<html lang="{{ letter.reader.language.tag }}"><head><meta charset="utf-8">
<meta name="viewport" content="width=device-width"><meta name="color-scheme" content="light dark">
<title>{{ letter.view.subject }}</title><style>{{ style }}</style></head>
<body>
<p>{{ greeting }}</p>
{% for entry in letter.view.entries %}
{% for quoted, lines in parts(entry.text) %}
<{{ 'blockquote dir="auto"' | safe if quoted else "p" }}>
{%- for line in lines %}{{ line }}{% if not loop.last %}<br>{% endif %}{% endfor -%}
</{{ "blockquote" if quoted else "p" }}>
{% endfor %}
{% for label, page in letter.answers(entry) %}
{% if loop.first %}<p>{{ in_one_step }}</p><ul>{% endif %}
<li><a href="{{ page }}">{{ label }}</a></li>
{% if loop.last %}</ul>{% endif %}
{% endfor %}
{% endfor %}
<p><a href="{{ letter.read }}">{{ see }}</a><br>{{ unchanged }}</p>
<footer><p>{{ why }}</p>
<ul>{% for entry in letter.view.entries %}<li>{{ entry.why }} ({{ entry.cause }})</li>{% endfor %}</ul>
<p><a href="{{ letter.stop }}">{{ stop }}</a></p></footer>
</body></html>
"""


def render_html(letter: Letter) -> str:
    """The HTML of a mail, with the styles at each element: some mail programs leave style sheets out."""
    import css_inline  # needed only in a process with mail

    language, name = letter.reader.language, letter.reader.name
    page = _layout().render(
        letter=letter,
        style=STYLE,
        parts=_parts,
        greeting=language.say("Hello {name},", name=name) if name else language.say("Hello,"),
        in_one_step=language.say("To answer in one step:"),
        see=language.say("To see it, and how to answer"),
        unchanged=language.say("Looking at it changes nothing."),
        why=language.say("Why you get this:"),
        stop=language.say("To get no more mails of this kind"),
    )
    return css_inline.inline(page, load_remote_stylesheets=False)


@cache
def _layout() -> "Template":
    from jinja2 import Environment, StrictUndefined

    return Environment(autoescape=True, undefined=StrictUndefined, trim_blocks=True).from_string(LAYOUT)


def _parts(text: str) -> Iterator[tuple[bool, Sequence[str]]]:
    """Our paragraphs, and the quotations of the partner without their marks."""
    for quoted, lines in groupby(text.split("\n"), is_quoted):
        shown = [unmarked(line) if quoted else line for line in lines]
        if any(shown):
            yield quoted, shown
