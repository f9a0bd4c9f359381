"""python -m sessions serve | work | all | restate | republish | dead-letters … | openapi | asyncapi."""

from service_kit.cli import main
from sessions.app import composition

if __name__ == "__main__":
    main(composition)
