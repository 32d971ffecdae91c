"""Names in the session's state that more than one module reads."""

PAGE = "page-title"  # of the page that is shown
VISIT = "page-visit"  # counts changes of page
OPEN_KEY = "open_sample"  # (run, id) of the sample whose dialog is open
LIST_KEY = "open_list"  # ids that its previous and next buttons step through
GALLERY = "gallery"  # the gallery component with what is picked in it
SELECTED = "picked-all"  # whether everything in view is picked, not only tiles
PICKS = "picked-revision"  # counts how often picks were dropped
MAP = "map"  # the map component
NO_WEBGL = "no-webgl"  # whether the browser cannot draw it
