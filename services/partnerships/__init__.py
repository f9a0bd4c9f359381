"""The partnerships service: people in the directory, public holidays, and partnerships of two people."""

from service_kit.languages import add_catalogue

add_catalogue(__name__)
