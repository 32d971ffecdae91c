"""Strategies: ways to choose a subset, one a file, and their registry."""
