"""The catalogues: one .po file for each language and package, read when a text in the language is first needed."""

from functools import cache
from gettext import GNUTranslations, NullTranslations
from importlib.resources import files
from io import BytesIO
from typing import Final

LANGUAGES: Final = ("en", "de")
"""The first is that of the sentences in the code, and of readers whose language is none of these."""

_packages = ["service_kit"]


def add_catalogue(package: str) -> None:
    """Use the catalogues of a package, too."""
    if package not in _packages:
        _packages.append(package)
        catalogue.cache_clear()


@cache
def catalogue(tag: str) -> NullTranslations:
    """The translations to a language, from all packages together. About 20 ms and 1 MB, once."""
    found: NullTranslations | None = None
    for package in _packages if tag != LANGUAGES[0] else ():
        read = _read(package, tag)
        if found is None:
            found = read
        else:
            found.add_fallback(read)
    return found or NullTranslations()


def _read(package: str, tag: str) -> GNUTranslations:
    from babel.messages.mofile import write_mo
    from babel.messages.pofile import read_po

    compiled = BytesIO()
    with (files(package) / "locale" / f"{tag}.po").open("rb") as source:
        write_mo(compiled, read_po(source, locale=tag))
    compiled.seek(0)
    return GNUTranslations(compiled)
