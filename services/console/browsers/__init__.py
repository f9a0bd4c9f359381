"""What the console knows of a browser: its session, what only it can read, and whether a form comes from here."""
