"""The sessions service: times that the two agree on, and what each says about them afterwards."""
