"""Numbers from features alone: a linear probe, and principal components."""
