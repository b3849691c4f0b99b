"""Synthetic incidents for the tests. None of them ever happened."""

import json
import random
from datetime import date, timedelta

ACLED_HEADER = (
    "event_id_cnty,event_date,year,time_precision,disorder_type,event_type,sub_event_type,actor1,country,admin1,location,"
    "latitude,longitude,geo_precision,source,notes,fatalities"
)


def acled(count=50, seed=1):
    """Rows as ACLED exports them, all synthetic."""
    pick = random.Random(seed)
    lines = [ACLED_HEADER]
    for number in range(count):
        day = date(2018, 1, 1) + timedelta(days=pick.randrange(1100))
        lines.append(
            f'SYNTHETIC{number},{day:%d %B %Y},{day.year},1,Synthetic,Synthetic,Synthetic,"Synthetic, one",Syria,Idleb,'
            f"Synthetic,{pick.uniform(35.5, 36.05):.4f},{pick.uniform(36.0, 37.0):.4f},{pick.choice('1123')},Synthetic,"
            f'"A synthetic ""note""",0'
        )
    return "\n".join(lines) + "\n"


def plain(count=50, seed=1):
    """Rows of an own table, all synthetic."""
    pick = random.Random(seed)
    lines = ["id,lat,lon,date,note"]
    for number in range(count):
        day = date(2017, 1, 1) + timedelta(days=pick.randrange(1500))
        lines.append(f"{number},{pick.uniform(35.5, 36.05):.6f},{pick.uniform(36.0, 37.0):.6f},{day},synthetic")
    return "\n".join(lines) + "\n"


def feature(lon, lat, **properties):
    """A GeoJSON point."""
    return {"type": "Feature", "properties": properties, "geometry": {"type": "Point", "coordinates": [lon, lat]}}


def collection(*features):
    """A GeoJSON file."""
    return json.dumps({"type": "FeatureCollection", "name": "synthetic", "features": features})


def rows_of(source):
    """All rows that an opened table yields."""
    return [row for pending in source.batches() for row in pending().batch.to_pylist()]


def numbers_of(source):
    """The numbers of these rows."""
    return [number for pending in source.batches() for number in pending().numbers.tolist()]


def refused_by(source):
    """What an opened table refuses: number and reason."""
    return [(one.row, one.reason) for pending in source.batches() for one in pending().refused]
