"""The goals service: promises between two partners, and their check-ins."""

from service_kit.languages import add_catalogue

add_catalogue(__name__)
