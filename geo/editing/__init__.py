"""Edits of a layer before they are saved: what changed, what is wrong with it, and the widgets that show both."""
