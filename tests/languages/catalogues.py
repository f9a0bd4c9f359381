"""The catalogues that the code needs, and the ones that there are. ``make words`` writes them."""

from collections.abc import Iterator, Mapping
from io import BytesIO
from pathlib import Path
from typing import Final

from babel.messages.catalog import Catalog, Message
from babel.messages.pofile import read_po, write_po

from eventlog import PLACE
from service_kit.languages import LANGUAGES
from tests.languages.sentences import PARTS, Part, sentences

CASES: Final[Mapping[str, tuple[str, ...]]] = {"de": ("dative", "until")}
"""The grammatical cases for which a language may translate a phrase, by context."""

TECHNICAL: Final = frozenset({"error", "expected_plural", "field_type", "actual_length", "class_name"})
"""Places that a translation may leave out: they have English words of other packages."""


def path_of(part: Part, tag: str) -> Path:
    """The file of a catalogue."""
    return part.locale / f"{tag}.po"


def template(part: Part) -> Catalog:
    """What a catalogue of this part must have."""
    found = Catalog(project="Tandem", version="", charset="utf-8")
    for each in sentences(part):
        key = each.text if each.many is None else (each.text, each.many)
        found.add(key, context=each.context, locations=[(each.file, each.line)])
    return found


def read(part: Part, tag: str) -> Catalog:
    """The catalogue as it is; an empty one if there is none."""
    path = path_of(part, tag)
    return read_po(BytesIO(path.read_bytes()), locale=tag) if path.exists() else Catalog(locale=tag)


def updated(part: Part, tag: str) -> Catalog:
    """The catalogue with all sentences of the code, and no other; new ones have no translation yet."""
    wanted, known = template(part), read(part, tag)
    for each in messages(known):
        if _is_case(each, wanted, tag):
            wanted.add(each.id, context=each.context)
    known.update(wanted, no_fuzzy_matching=True, update_creation_date=False)
    known.obsolete.clear()
    return known


HEADER: Final = """# The texts in another language. CONTRIBUTING.md says how to add one.
msgid ""
msgstr ""
"Language: {tag}\\n"
"Content-Type: text/plain; charset=utf-8\\n"
"Plural-Forms: {plural_forms}\\n"

"""


def as_text(catalogue: Catalog) -> bytes:
    """The content of its file. It names files without lines, so that a change above a sentence changes nothing."""
    out = BytesIO()
    write_po(out, catalogue, 120, omit_header=True, sort_by_file=True, include_lineno=False, ignore_obsolete=True)
    header = HEADER.format(tag=catalogue.locale_identifier, plural_forms=catalogue.plural_forms)
    return header.encode() + out.getvalue()


def messages(catalogue: Catalog) -> Iterator[Message]:
    """All entries but the header."""
    return (each for each in catalogue if each.id)


def faults(part: Part, tag: str) -> Iterator[str]:
    """What is wrong with a catalogue, one line for each fault."""
    known, wanted = read(part, tag), template(part)
    needed = {(each.id, each.context) for each in messages(wanted)}
    for each in messages(known):
        name = f"{part.package}/{tag}: {each.id!r}"
        if (each.id, each.context) not in needed and not _is_case(each, wanted, tag):
            yield f"{name} is no longer in the code: run make words"
        yield from (f"{name} {what}" for what in faults_of(each))
    there = {(each.id, each.context) for each in messages(known)}
    for id, context in sorted(needed - there, key=str):
        yield f"{part.package}/{tag}: {id!r}{f' ({context})' if context else ''} is missing: run make words"


def faults_of(message: Message) -> Iterator[str]:
    """What is wrong with one translation."""
    said = [message.string] if isinstance(message.string, str) else [*(message.string or ())]
    asked = [message.id] if isinstance(message.id, str) else [*message.id]
    if not said or not all(said):
        yield "has no translation"
        return
    if message.fuzzy:
        yield "is marked as fuzzy"
    places = _places(asked)
    for text in said:
        told = _places([text])
        needed = set[str]() if len(said) > 1 else places - TECHNICAL  # "one" needs no number
        if not needed <= told <= places:
            yield f"has other places in its translation: {sorted(told ^ places)}"


def all_catalogues() -> Iterator[tuple[Part, str]]:
    """Every part with every language but the first, which is that of the code."""
    return ((part, tag) for part in PARTS for tag in LANGUAGES[1:])


def _places(texts: list[str]) -> set[str]:
    return {place[1] for text in texts for place in PLACE.finditer(text)}


def _is_case(message: Message, wanted: Catalog, tag: str) -> bool:
    return message.context in CASES.get(tag, ()) and wanted.get(message.id) is not None
