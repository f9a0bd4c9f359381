"""python -m notifications serve | work | all | resnapshot | republish | dead-letters … | openapi | asyncapi."""

from notifications.app import definition
from service_kit.process import main

if __name__ == "__main__":
    main(definition)
