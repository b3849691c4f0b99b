"""Computing: pure functions from geometry to geometry; no file is read or written here."""
