"""The partnerships service: people in the directory, public holidays, and partnerships of two people."""
