"""What breaks, and the proof that nothing is lost: an oracle, a load, and drills. ``python -m tests.faults``."""
