"""Rosters: the export of an HR system, imported row by row."""
