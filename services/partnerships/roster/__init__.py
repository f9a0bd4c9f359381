"""Roster files: what an HR system exports, taken in row by row."""
