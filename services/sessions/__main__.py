"""python -m sessions serve | work | all | resnapshot | republish | dead-letters … | openapi | asyncapi."""

from service_kit.process import main
from sessions.app import definition

if __name__ == "__main__":
    main(definition)
