"""The sessions service: meetings of the two partners, and their reports afterwards."""

from service_kit.languages import add_catalogue

add_catalogue(__name__)
