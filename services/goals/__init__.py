"""The goals service: promises between two partners, and their check-ins."""
