"""The figures of a build, drawn by matplotlib."""
