"""Output: everything that a build publishes; no file of the layers folder is read here."""
