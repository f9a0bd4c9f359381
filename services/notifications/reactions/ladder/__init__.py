"""The gentle ladder: reminders that are planned, and what follows a reminder."""
