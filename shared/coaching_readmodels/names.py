"""The comparison of logins, numbers and addresses: by what people see, not by the bytes."""

import unicodedata

# Letters without a shape that are no format characters (Unicode: Default_Ignorable_Code_Point, DerivedCoreProperties).
_INVISIBLE = frozenset("\u034f\u115f\u1160\u17b4\u17b5\u3164\uffa0") | {chr(code) for code in range(0xFE00, 0xFE10)}


def compared(text: str) -> str:
    """The form in which texts are compared: NFKC, case folded, without invisible characters and outer spaces.

    Case folding leaves a dot above the ``i`` of a Turkish capital ``İ`` (Unicode 16, section 5.18). The dot is removed,
    so
    that ``İPEK`` and ``ipek`` are equal.
    """
    if text.isascii():
        return text.strip().lower()
    folded = unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", text).casefold()).replace("i\u0307", "i")
    return "".join(each for each in folded if each not in _INVISIBLE and unicodedata.category(each) != "Cf").strip()
