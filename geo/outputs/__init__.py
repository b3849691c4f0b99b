"""Showing: what the build publishes; no file of the layers folder is read here."""
