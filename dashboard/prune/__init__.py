"""The Prune page's parts: what a recipe keeps, drops, and looks like."""
