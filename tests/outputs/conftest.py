import pytest

from geo.outputs.context import Build
from geo.outputs.formats import outputs_of

BUILD, DATED = "0123456789ab", "2026-03-05"


class Published:
    """The data files and the open formats of a map, as outputs and as files."""

    def __init__(self, folder, layers, derived):
        day = layers.agreement.map.opening_day
        self.folder, self.build = folder, Build(layers, derived, day, build_id=BUILD, data_as_of=DATED)
        self.outputs = outputs_of(self.build, ["data", "gpkg", "kml", "parquet"])
        for output in self.outputs:
            path = folder / output.name
            path.parent.mkdir(exist_ok=True)
            path.write_bytes(output.content)

    def __getitem__(self, name):
        return next(output for output in self.outputs if output.name == name)

    def path(self, suffix):
        """Return the one file at the root with a suffix."""
        [path] = self.folder.glob(f"*{suffix}")
        return path


@pytest.fixture(scope="session")
def publish_in(tmp_path_factory):
    """Return what publishes layers into a folder of their own."""
    return lambda layers, derived: Published(tmp_path_factory.mktemp("map"), layers, derived)


@pytest.fixture(scope="session")
def published(publish_in, layers, derived):
    return publish_in(layers, derived)


HOSTILE = "<script>alert(1)</script> ]]> & \"' @@data@@ {{ 7*7 }} سراقب \\u0000"


@pytest.fixture(scope="session")
def hostile(publish_in, layers):
    """The shipped layers, with hostile texts wherever a text is free."""
    from geo.history.derive import derive

    spoilt = hostile_layers(layers)
    return publish_in(spoilt, derive(spoilt))


def hostile_layers(layers):
    """Return layers whose names, titles and notes are hostile; what refers to them still does."""
    from dataclasses import replace

    from geo.inputs.schema import Source

    def spoilt(feature):
        names = {
            name: HOSTILE
            for name, value in feature.properties
            if name in ("name_en", "name_ar", "title_en", "note") and value
        }
        if isinstance(feature.properties, Source):
            names |= {"title": HOSTILE, "publisher": HOSTILE}
        return replace(feature, properties=feature.properties.model_copy(update=names))

    by_name = {
        name: replace(layer, features=tuple(map(spoilt, layer.features))) for name, layer in layers.by_name.items()
    }
    title = layers.agreement.map.title.model_copy(update={"en": HOSTILE})
    own = layers.agreement.map.model_copy(update={"title": title})
    return replace(layers, by_name=by_name, agreement=layers.agreement.model_copy(update={"map": own}))
