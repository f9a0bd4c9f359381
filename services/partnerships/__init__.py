"""The partnerships service: people as the directory knows them, public holidays, and who works with whom."""
