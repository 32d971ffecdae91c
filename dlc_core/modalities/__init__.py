"""Modalities: the kinds of sample, and how raw data of each becomes what a backbone takes."""
