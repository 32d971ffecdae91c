"""A run seen: filters, statistics of classes, comparisons; pages and command line use the same."""
