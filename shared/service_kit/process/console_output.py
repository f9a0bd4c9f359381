"""What the command line says: answers on standard output, complaints on standard error."""

import sys


def print_line(line: str) -> None:
    """Say a line, at once: who runs something long reads how far it has come."""
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


def print_error(sentence: str) -> int:
    """Say why something was not done; the exit code 1."""
    sys.stderr.write(f"{sentence}\n")
    return 1
