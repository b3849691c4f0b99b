"""Guard texts that a spreadsheet would take for a formula."""

import csv
import io
import re

# OWASP, "CSV injection": a cell that begins with one of these is a formula to a spreadsheet; the last four are the
# same signs in full width. Numbers such as -12.5 also begin with one, and remain numbers.
FORMULA_SIGNS = "=+-@\t\r\n＝＋－＠"
NUMBER = r"^[+-]?([0-9]+\.?[0-9]*|\.[0-9]+)([eE][+-]?[0-9]+)?$"
GUARD = "'"


def guarded_text(text: str) -> str:
    """Return a text with an apostrophe before it if a spreadsheet would take it for a formula."""
    return GUARD + text if text[:1] in FORMULA_SIGNS and text and not re.match(NUMBER, text) else text


def guarded_table(text: str) -> str:
    """Return a CSV in which no cell is a formula to a spreadsheet."""
    guarded = io.StringIO()
    rows = csv.reader(io.StringIO(text, newline=""), strict=True)
    csv.writer(guarded, lineterminator="\n").writerows(map(guarded_text, row) for row in rows)
    return guarded.getvalue()
