"""A build of two small files, published as the real one is."""

from geo.outputs.manifest import FileEntry, Manifest, Origin
from geo.outputs.output import Output
from geo.outputs.publish import publish, sole_builder


def a_build(what="one"):
    """Return the files and the manifest of a small build."""
    origin = Origin(inputs=(), options={"what": what}, versions={}, data_as_of=None)
    build = origin.build_id
    outputs = [
        Output.of_text("data/posts.csv", f"id,build\nسراقب,{build}\n", {"posts": 1}),
        Output.of_text("data/m4.geojson", f'{{"build": "{build}", "features": [1, 2]}}\n', {"m4": 2}),
    ]
    entries = [
        FileEntry(name=output.name, bytes=len(output.content), sha256=output.digest, rows=sum(output.rows.values()))
        for output in outputs
    ]
    return outputs, Manifest(**origin.model_dump(), build=build, layers={}, outputs=tuple(entries))


def published(out, what="one"):
    """Publish a small build and return its id."""
    outputs, manifest = a_build(what)
    with sole_builder(out) as site:
        publish(site, outputs, manifest)
    return manifest.build
