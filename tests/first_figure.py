"""``python -m geo.build`` that draws the first figure alone: what it proves of bytes, it proves of every figure."""

from itertools import islice

import typer

from geo import build
from geo.outputs.figures import figure_files

every_figure = figure_files.figure_files


def first_figure(*given, **named):
    """Yield one figure, in each kind of file."""
    return islice(every_figure(*given, **named), len(figure_files.KINDS))


if __name__ == "__main__":
    figure_files.figure_files = first_figure
    typer.run(build.main)
