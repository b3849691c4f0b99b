"""``datapackage.json``: what each published data file is, as Data Package v2 describes it."""

import json
from collections.abc import Iterable, Mapping, Sequence
from pathlib import PurePosixPath
from typing import Any

from geo.inputs.credits import Credit
from geo.inputs.frames import json_rows
from geo.outputs.context import Build
from geo.outputs.open_formats.media_types import MEDIA_TYPES, suffix_of
from geo.outputs.open_formats.table_schema import table_schema
from geo.outputs.open_formats.tables import Table, tables_of
from geo.outputs.output import BUILD_MARK, Output
from geo.outputs.texts import LANGUAGES, texts_of

FILE = "datapackage.json"
PROFILE = "https://datapackage.org/profiles/2.0/datapackage.json"
# Under its own name, a file with places and lists is not taken for a flat table.
_FORMATS = {".parquet": "geoparquet"}
_TEXTS = (".csv", ".geojson", ".json", ".kml")


def data_package(outputs: Sequence[Output], build: Build) -> Output:
    """Return ``datapackage.json``, which describes every data file among some outputs.

    Each file is a resource with its format, size, digest, licences and those to credit; a CSV file has besides the
    schema of its columns. No clock is read: the version is the build id, and there is no time of creation.

    Parameters
    ----------
    outputs : sequence of Output
        What is published.
    build : Build
        What they were made from.
    """
    layers = build.layers
    texts = texts_of(layers, LANGUAGES[0])
    tables = {table.name: table for table in tables_of(layers, build.derived)}
    described = [output for output in outputs if suffix_of(output.name) in MEDIA_TYPES]
    document = {
        "$schema": PROFILE,
        "name": layers.agreement.map.name,
        "title": texts["page.title"],
        "description": f"{texts['about.shows_text']}\n\n{texts['about.limits_text']}",
        "version": build.build_id,
        BUILD_MARK: build.build_id,
        **({"data_as_of": build.data_as_of} if build.data_as_of else {}),
        "contributors": [{"title": layers.agreement.map.compiled.by, "roles": ["creator"]}],
        "licenses": _licences(credit for table in tables.values() for credit in table.credits),
        "sources": [_source(one) for one in json_rows(build.frame("sources"))],
        "resources": [_resource(output, tables) for output in described],
    }
    return Output.of_text(FILE, json.dumps(document, ensure_ascii=False, indent=1) + "\n", {})


def _resource(output: Output, tables: Mapping[str, Table]) -> dict[str, Any]:
    # What counts no layer of its own, such as the computed figures, rests on all of them.
    own = [tables[name] for name in output.rows if name in tables] or list(tables.values())
    owed = list(dict.fromkeys(credit for table in own for credit in table.credits))
    suffix = suffix_of(output.name)
    return {
        "name": PurePosixPath(output.name).name,
        "path": output.name,
        **({"title": own[0].spec.title} if len(own) == 1 else {}),
        "format": _FORMATS.get(suffix, suffix.removeprefix(".")),
        "mediatype": MEDIA_TYPES[suffix],
        **({"encoding": "utf-8"} if suffix in _TEXTS else {}),
        "bytes": len(output.content),
        "hash": f"sha256:{output.digest}",
        "licenses": _licences(owed),
        "sources": [{"title": credit.holder} for credit in owed],
        **({"type": "table", "schema": table_schema(own[0])} if suffix == ".csv" else {}),
    }


def _licences(owed: Iterable[Credit]) -> list[dict[str, str]]:
    found = dict.fromkeys(credit.licence for credit in owed)
    return [{"name": one.id, "title": one.title, **({"path": one.url} if one.url else {})} for one in found]


def _source(source: Mapping[str, Any]) -> dict[str, str]:
    title = source["title"] or source["publisher"] or source["url"] or source["id"]
    return {"title": title, **({"path": source["url"]} if source["url"] else {})}
