"""Computation: pure functions on geometries and layers; no file is read or written here."""
