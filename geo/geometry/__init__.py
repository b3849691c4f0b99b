"""Geometry in lon, lat degrees and metres: functions that know nothing of layers, and read and write no files."""
