"""The sessions service: meetings of the two partners, and their reports afterwards."""
