"""The notifications service: reminders and messages that people chose, within a budget and in their working hours."""
