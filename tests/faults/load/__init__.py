"""A seeded load: pairs of people who use every service over HTTP, and keep what was answered."""

from tests.faults.load.crowd import Crowd, Person
from tests.faults.load.doors import Doors, Unanswered

__all__ = ["Crowd", "Doors", "Person", "Unanswered"]
