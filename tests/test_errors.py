from geo.errors import DataError, GeoError, OutputError, Problem, SnapshotError


def test_problem_is_one_line_with_file_feature_rule_found_and_repair():
    problem = Problem("places.geojson", "feature 'trumba'", "grade", "'Z9'", "a letter and\na figure")
    assert str(problem) == "places.geojson: feature 'trumba': grade: 'Z9': a letter and a figure"


def test_what_a_terminal_would_obey_is_written_out():
    problem = Problem("a.csv", "", "id", "a\x1b[2Jb\u202ec", "letters")
    assert str(problem) == "a.csv: id: a\\x1b[2Jb\\u202ec: letters"


def test_data_error_lists_every_problem_on_its_own_line():
    error = DataError(
        [Problem("a.csv", "", "file", "missing", "add it"), Problem("b.csv", "", "file", "empty", "fill it")]
    )
    assert str(error).splitlines() == ["a.csv: file: missing: add it", "b.csv: file: empty: fill it"]


def test_exit_codes_tell_bad_data_no_snapshot_and_broken_disk_apart():
    assert (DataError([]).exit_code, SnapshotError().exit_code, OutputError().exit_code) == (1, 3, 74)


def test_a_notebook_shows_the_message_in_place_of_a_traceback():
    faults = [Problem("a.csv", "", "file", "missing", "add it"), Problem("b.csv", "", "file", "empty", "fill it")]
    assert DataError(faults)._render_traceback_() == ["a.csv: file: missing: add it", "b.csv: file: empty: fill it"]
    assert GeoError("one plain line")._render_traceback_() == ["one plain line"]
