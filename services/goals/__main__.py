"""python -m goals serve | work | all | restate | republish | dead-letters … | openapi | asyncapi."""

from goals.app import composition
from service_kit.cli import main

if __name__ == "__main__":
    main(composition)
