"""How Kafka is reached: encryption, logins, and what a broker refuses."""
