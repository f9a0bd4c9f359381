"""What every service looks like from outside: HTTP application, settings, access, problems, conditions, logs, CLI."""
