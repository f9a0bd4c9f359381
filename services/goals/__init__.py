"""The goals service: goals of two partners, their promises to each other, and their check-ins."""

from service_kit.languages import add_catalogue

add_catalogue(__name__)
