import dataclasses

from geo.inputs.references import cited_sources, reference_problems, stale_translations, unresolved


def changed(layers, name, id_, **columns):
    """Return the layers with some columns of one feature changed."""
    layer = layers[name]
    features = tuple(
        dataclasses.replace(feature, properties=feature.properties.model_copy(update=columns))
        if feature.properties.id == id_
        else feature
        for feature in layer.features
    )
    return {**layers, name: dataclasses.replace(layer, features=features)}


def told(layers, terms, faulty=frozenset()):
    return [(problem.file, problem.where, problem.rule) for problem in reference_problems(layers, terms, faulty)]


def test_ids_of_sources_and_places_must_exist(layers):
    for column, value in {"sources": ("X1",), "from_place": "x", "to_place": "x", "planned_end": "x"}.items():
        spoilt = changed(layers, "joint_patrols", "patrol-21", **{column: value})
        assert told(spoilt, layers.agreement) == [("joint_patrols.csv", "feature 'patrol-21'", column)]


def test_the_place_of_an_event_must_exist(layers):
    spoilt = changed(layers, "timeline", "T010", place="atlantis")
    assert told(spoilt, layers.agreement) == [("timeline.csv", "feature 'T010'", "place")]


def test_the_sources_of_a_vertex_must_exist(layers):
    line = next(row.properties for row in layers["line_of_contact"].features if row.properties.id == "contact-2017")
    spoilt = changed(layers, "line_of_contact", line.id, vertex_sources=("X1", *line.vertex_sources[1:]))
    assert told(spoilt, layers.agreement) == [("line_of_contact.geojson", "feature 'contact-2017'", "vertex_sources")]


def test_a_source_that_nothing_cites_is_told(layers):
    [source, *_] = layers["sources"].features
    extra = dataclasses.replace(source, properties=source.properties.model_copy(update={"id": "Z99"}))
    sources = dataclasses.replace(layers["sources"], features=(*layers["sources"].features, extra))
    assert told({**layers, "sources": sources}, layers.agreement) == [("sources.csv", "feature 'Z99'", "id")]


def test_a_numbered_patrol_lies_in_the_period_of_the_patrols(layers):
    for date in ("2020-03-14", "2020-08-26", "2020"):
        spoilt = changed(layers, "joint_patrols", "patrol-01", date=date)
        assert told(spoilt, layers.agreement) == [("joint_patrols.csv", "feature 'patrol-01'", "date")]


def test_a_faulty_file_is_not_blamed_on_those_that_refer_to_it(layers):
    sources = dataclasses.replace(layers["sources"], features=())
    assert told({**layers, "sources": sources}, layers.agreement, {"sources.csv"}) == []


def test_one_layer_alone_is_held_against_those_it_refers_to(layers):
    spoilt = changed(layers, "joint_patrols", "patrol-21", to_place="atlantis")
    assert len(unresolved(spoilt["joint_patrols"], layers)) == 1
    assert unresolved(layers["joint_patrols"], layers) == []


def test_the_sources_that_rows_and_terms_cite_are_all_of_them(layers):
    assert cited_sources(layers, layers.agreement) == {row.properties.id for row in layers["sources"].features}
    assert cited_sources({}, None) == set()
    terms_only = cited_sources({}, layers.agreement)
    assert terms_only == {id_ for _, term in layers.agreement.named_terms() for id_ in term.sources}
    post = changed(layers, "observation_posts", "post-09-morek", sources=("X1", "X2"))["observation_posts"]
    assert {"X1", "X2"} <= cited_sources({"observation_posts": post}, None)


def test_a_text_is_translated_in_one_row(layers):
    first, second = (feature.properties for feature in layers["translations"].features[:2])
    spoilt = changed(layers, "translations", first.id, en=second.en)
    wanted = [("translations.csv", f"feature {id_!r}", "en") for id_ in (first.id, second.id)]
    assert told(spoilt, layers.agreement) == wanted


def test_a_translation_of_a_text_that_is_in_no_layer_is_stale(layers):
    assert stale_translations(layers, layers.agreement) == []
    row = layers["translations"].features[0].properties
    spoilt = changed(layers, "translations", row.id, en=f"{row.en} And more.")
    assert [(one.where, one.rule) for one in stale_translations(spoilt, layers.agreement)] == [
        (f"feature {row.id!r}", "en")
    ]
    assert told(spoilt, layers.agreement) == []
    of_the_agreement = changed(layers, "translations", row.id, en=layers.agreement.corridor.quote)
    assert stale_translations(of_the_agreement, layers.agreement) == []
    assert stale_translations({}, layers.agreement) == []


def test_a_village_is_among_the_places_or_the_localities_not_both(layers):
    locality = layers["localities"].features[0]
    id_, wanted = locality.properties.id, [("localities.geojson", f"feature {locality.properties.id!r}", "geonames_id")]
    place = next(row for row in layers["places"].features if row.properties.id == "saraqib")
    same_id = changed(layers, "localities", id_, geonames_id=place.properties.geonames_id)
    assert told(same_id, layers.agreement) == wanted
    twin = dataclasses.replace(locality, geometry=place.geometry)
    features = tuple(twin if row is locality else row for row in layers["localities"].features)
    near = {**layers, "localities": dataclasses.replace(layers["localities"], features=features)}
    near = changed(near, "localities", id_, name_ar=place.properties.name_ar)
    assert told(near, layers.agreement) == []
    assert told(changed(near, "places", "saraqib", geonames_id=None), layers.agreement) == wanted
    elsewhere = changed(changed(near, "localities", id_, name_ar="س"), "places", "saraqib", geonames_id=None)
    assert told(elsewhere, layers.agreement) == []


def test_a_chapter_shows_features_that_have_a_position_on_a_day_that_the_map_covers(layers):
    unplaced = next(row.properties.id for row in layers["observation_posts"].features if row.geometry is None)
    for name in ("places/atlantis", f"observation_posts/{unplaced}", "sources/W001"):
        spoilt = changed(layers, "chapters", "5-moscow", view=(name,))
        assert told(spoilt, layers.agreement) == [("chapters.csv", "feature '5-moscow'", "view")]
    for day in ("2017-05-03", "2021-04-01"):
        spoilt = changed(layers, "chapters", "5-moscow", day=day)
        assert told(spoilt, layers.agreement) == [("chapters.csv", "feature '5-moscow'", "day")]


def test_the_sources_of_a_chapter_must_exist(layers):
    spoilt = changed(layers, "chapters", "5-moscow", sources=("X1",))
    assert told(spoilt, layers.agreement) == [("chapters.csv", "feature '5-moscow'", "sources")]
