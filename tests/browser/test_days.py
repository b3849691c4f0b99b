"""On every day the page shows what Python says: the page only looks up the periods that the build computed."""

import json
from datetime import date, timedelta

from geo.inputs.dates import first_day, last_day
from geo.inputs.frames import json_rows
from geo.outputs.on_day import shown_on

POST_DATES = ("established_on", "encircled_on", "evacuated_on", "attested_until", "gone_by")
DATES = ("date", "valid_from", "valid_to", *POST_DATES)
# The layer whose dates change another one.
EVENTS = {"claims": "timeline"}
# On each day, the features of a layer that have a place and a symbol.
PAGE = """([name, days]) => {
  const { isThere, symbolOf, classOf, numberOf, isOfDay } = M4.features;
  const { features } = M4.catalogue.find((layer) => layer.name === name);
  const drawn = (day) => features.filter((one) => one.geometry && isThere(one, day) && symbolOf(one, day));
  const stateOf = (one, day) => [one.properties.id, classOf(one, day), numberOf(one, day), isOfDay(one, day)];
  return days.map((day) => JSON.stringify(drawn(day).map((one) => stateOf(one, day)).sort()));
}"""


def days_around_every_date(name, build):
    """Return every day on which anything in a layer may change, and the days beside it."""
    rows = [row for own in (name, EVENTS.get(name)) if own for row in json_rows(build.frame(own))]
    ends = {end(row[column]) for row in rows for column in DATES if row.get(column) for end in (first_day, last_day)}
    covered = build.layers.agreement.map
    ends |= set(map(date.fromisoformat, ("2020-03-05", covered.first_day, covered.last_day)))
    return sorted({day + timedelta(days=beside) for day in ends for beside in (-1, 0, 1)})


def drawn_in_python(spec, build, day):
    return sorted([one.properties["id"], one.class_, one.number, one.is_strong] for one in shown_on(spec, build, day))


def test_on_every_day_the_page_draws_what_python_says(visit, html, shipped):
    opened = visit(html)
    compared = set()
    for spec in shipped.drawn():
        days = days_around_every_date(spec.name, shipped)
        found = opened.page.evaluate(PAGE, [spec.name, [day.isoformat() for day in days]])
        for day, text in zip(days, found, strict=True):
            assert json.loads(text) == drawn_in_python(spec, shipped, day), (spec.name, day)
        compared.update(days)
    assert len(compared) > 250
    assert opened.misdeeds() == []
