"""The notifications service: reminders and messages that people chose, within a budget and in their working hours."""

from service_kit.languages import add_catalogue

add_catalogue(__name__)
