from geo.outputs.output import Output


def test_an_output_is_written_as_utf8():
    assert Output.of_text("index.html", "سراقب\n", {}).content == "سراقب\n".encode()
