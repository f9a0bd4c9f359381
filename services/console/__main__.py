"""python -m console serve."""

from console.command_line import main

if __name__ == "__main__":
    main()
