"""Output of the command line: results on standard output, errors on standard error."""

import sys


def print_line(line: str) -> None:
    """Print a line and flush it, so that the progress of a long command is visible."""
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


def print_error(sentence: str) -> int:
    """Print why a command failed; returns the exit code 1."""
    sys.stderr.write(f"{sentence}\n")
    return 1
