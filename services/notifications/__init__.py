"""Telling people what they asked to be told: gently, within a budget, at hours at which they work, and saying why."""
