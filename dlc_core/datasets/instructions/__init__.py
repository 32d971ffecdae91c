"""Instruction records: layouts, containers, and the list of what is in a file."""
