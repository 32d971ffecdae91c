"""Background jobs: the same command that a person types, in its own process."""
