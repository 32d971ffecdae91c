"""Engines: who runs the units of a scoring."""
