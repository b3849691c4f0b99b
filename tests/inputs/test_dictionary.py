import json
from typing import Annotated

import pytest
from pydantic import TypeAdapter

from geo.inputs.catalog import LAYERS
from geo.inputs.dictionary import README, SCHEMA_FOLDER, dictionary_text, json_schema_text, main, with_dictionary
from geo.inputs.files import LAYERS_DIR

AGAIN = "run make dictionary"


@pytest.mark.parametrize("spec", LAYERS, ids=lambda spec: spec.name)
def test_the_json_schema_in_the_layers_folder_is_current(spec):
    assert (LAYERS_DIR / SCHEMA_FOLDER / f"{spec.name}.json").read_text(encoding="utf-8") == json_schema_text(spec), (
        AGAIN
    )


def test_the_tables_in_the_readme_are_current():
    readme = (LAYERS_DIR / README).read_text(encoding="utf-8")
    assert with_dictionary(readme) == readme, AGAIN
    assert dictionary_text() in readme


@pytest.mark.parametrize("spec", LAYERS, ids=lambda spec: spec.name)
def test_every_column_has_a_title_a_meaning_and_an_example_that_it_accepts(spec):
    for name, column in spec.record.model_fields.items():
        assert column.title, name
        assert column.description, name
        [example] = column.examples
        annotated = Annotated[(column.annotation, name, *column.metadata)]
        assert TypeAdapter(annotated).validate_python(example), name


def test_a_column_in_metres_says_so():
    assert "| `precision_m` | whole number, may be empty | m |" in dictionary_text()


def test_the_dictionary_is_written_with_the_schemas(tmp_path):
    (tmp_path / README).write_text(
        "before\n<!-- columns: made by make dictionary -->\nold\n<!-- end of columns -->\nafter\n", encoding="utf-8"
    )
    main(tmp_path)
    text = (tmp_path / README).read_text(encoding="utf-8")
    assert text.startswith("before\n")
    assert text.endswith("after\n")
    assert "old" not in text.split("## ")[0]
    assert json.loads((tmp_path / SCHEMA_FOLDER / "m4.json").read_text(encoding="utf-8"))["required"] == [
        "type", "features", "licence", "osm_base",
    ]  # fmt: skip
