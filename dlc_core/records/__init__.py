"""What a command that runs as a job writes of itself: how far it is, and how it ended."""
