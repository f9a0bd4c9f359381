"""What is found in the code: sentences, and texts that no catalogue can have."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Sentence:
    """A sentence, or ``one`` and ``many`` of it; with its context, and the file that has it."""

    text: str
    many: str | None
    context: str | None
    file: str
    line: int


@dataclass(frozen=True, slots=True)
class Outside:
    """A text that is no constant, so no catalogue can have it."""

    file: str
    line: int
    code: str

    def __str__(self) -> str:
        return f"{self.file}:{self.line}: not a constant: {self.code}"


@dataclass(frozen=True, slots=True)
class Unlisted:
    """A literal that reads as a sentence, and is not found for a catalogue."""

    file: str
    line: int
    text: str

    def __str__(self) -> str:
        return f"{self.file}:{self.line}: in no catalogue: {self.text!r}"
