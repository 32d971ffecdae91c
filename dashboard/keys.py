"""Names in the session's state that more than one module reads."""

OPEN_KEY = "open_sample"  # (run, id) of the sample whose dialog is open
MAP, HISTOGRAM = "explore-map", "explore-histogram"  # Explore's charts and their selections
