"""make demo: two weeks of three pairs, played through all four services, told as they happen, and audited."""

import sys

from examples.quarter.running import LOCAL, a_console, is_set, run
from examples.quarter.targets import Target
from examples.two_weeks.performance import perform

FOLDER = LOCAL / "demo"
DETAILS = FOLDER / "details.log"


def main() -> int:
    """Play, and print the result: 0 if every service agrees with the topics, otherwise 1."""
    console = a_console(110)
    FOLDER.mkdir(parents=True, exist_ok=True)
    DETAILS.write_text("")
    console.print("Anna wants to learn to lead. Martina, her manager, wants to learn to let go. They make promises to")
    console.print("each other, in both directions. Two weeks of them and of two more pairs follow, in about a minute.")
    console.print(f"(Kafka, MongoDB, the four services and the console start now. Details: {DETAILS})\n", style="dim")

    def note(line: str) -> None:
        with DETAILS.open("a") as details:
            details.write(f"{line}\n")

    async def two_weeks(chosen: Target) -> int:
        return await perform(chosen, console, FOLDER, stays=console.is_terminal or is_set("KEEP"))

    return run(console, FOLDER, two_weeks, note, together=True)


if __name__ == "__main__":
    sys.exit(main())
