import pytest

from geo.outputs.formulas import guarded_table, guarded_text


@pytest.mark.parametrize("text", ["=1+1", "+1 dead", "-", "@x", "\t=1", "＝1", "-1+1", "=-12.5"])
def test_what_a_spreadsheet_would_compute_is_guarded(text):
    assert guarded_text(text) == f"'{text}"


@pytest.mark.parametrize("text", ["", "-12.5", "+3e4", "Saraqib", "سراقب", "a=b", "'=1"])
def test_everything_else_is_left_alone(text):
    assert guarded_text(text) == text


def test_every_cell_of_a_table_is_guarded_and_the_rest_of_it_is_kept():
    text = 'id,note\nA1,"=HYPERLINK(""x"")"\nB2,"-12.5"\nC3,"two\nlines, and a comma"\n@d,\n'
    guarded = guarded_table(text)
    assert guarded == 'id,note\nA1,"\'=HYPERLINK(""x"")"\nB2,-12.5\nC3,"two\nlines, and a comma"\n\'@d,\n'
