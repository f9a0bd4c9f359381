"""What two partners promise each other, and how they check in."""
