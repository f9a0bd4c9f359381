"""The pages of the two partners. The console has no rules: it reads and writes through the APIs of the services."""

from service_kit.languages import add_catalogue

add_catalogue(__name__)
