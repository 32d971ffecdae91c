"""The linked view: one selection, shown by map, histogram and gallery."""
