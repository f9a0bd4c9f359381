"""The gentle ladder: planned reminders, and the step after a reminder."""
