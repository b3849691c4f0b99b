"""A build of two small files, published as the real one is."""

from geo.outputs.manifest import Origin, manifest_of
from geo.outputs.output import Output
from geo.outputs.publish import build_lock, publish


def a_build(what="one"):
    """Return the files and the manifest of a small build."""
    origin = Origin(inputs=(), options={"what": what}, versions={}, data_as_of=None)
    build = origin.build_id
    outputs = [
        Output.of_text("data/posts.csv", f"id,build\nسراقب,{build}\n", {"posts": 1}),
        Output.of_text("data/m4.geojson", f'{{"build": "{build}", "features": [1, 2]}}\n', {"m4": 2}),
    ]
    return outputs, manifest_of(origin, outputs, {})


def published(out, what="one"):
    """Publish a small build and return its id."""
    outputs, manifest = a_build(what)
    with build_lock(out) as site:
        publish(site, outputs, manifest)
    return manifest.build
