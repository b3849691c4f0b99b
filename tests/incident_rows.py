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


def collection(*features, **members):
    """A GeoJSON file."""
    return json.dumps({"type": "FeatureCollection", "name": "synthetic", **members, "features": features})


def rows_of(table):
    """All rows of an opened table."""
    return [row for rows in table.rows() for row in rows.batch.to_pylist()]


def numbers_of(table):
    """The numbers of these rows."""
    return [number for rows in table.rows() for number in rows.numbers.tolist()]


def refused_by(table):
    """The rows that an opened table rejects: number and reason."""
    return sorted((one.row, one.reason) for rows in table.rows() for one in rows.refused)
