"""What operators do: dead letters, maintenance, and the question whether a service is idle."""
