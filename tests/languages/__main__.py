"""``make words``: bring the catalogues up to date with the code, and say what has no translation."""

import sys

from tests.languages.catalogues import all_catalogues, as_text, faults, path_of, updated
from tests.languages.sentences import PARTS, outside_in, unlisted


def main() -> int:
    for part, tag in all_catalogues():
        path = path_of(part, tag)
        path.parent.mkdir(exist_ok=True)
        path.write_bytes(as_text(updated(part, tag)))
    wrong = [str(each) for part in PARTS for each in (*outside_in(part), *unlisted(part))]
    wrong += [each for part, tag in all_catalogues() for each in faults(part, tag)]
    for each in wrong:
        sys.stdout.write(f"{each}\n")
    sys.stdout.write(f"{len(wrong)} texts need work\n" if wrong else "every text has its translations\n")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
