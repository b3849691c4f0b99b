"""Figures for reports, drawn by matplotlib: the map, the patrols, how the line moved."""
