"""A stock folium map of the published data, made as the documentation of folium shows.

python -m tests.benchmarks.stock_map DATA OUT.html
"""

import sys
from pathlib import Path

import folium
import geopandas as gpd


def main(data: Path, out: Path) -> None:
    """Draw every published layer that has a place."""
    made = folium.Map([35.8, 36.5], zoom_start=9, tiles=None)
    for file in sorted(data.glob("*.geojson")):
        frame = gpd.read_file(file)
        frame = frame[frame.geometry.notna()]
        columns = list(frame.columns.drop("geometry"))
        plain = frame.assign(**{name: frame[name].map(str) for name in columns if frame[name].dtype != "int64"})
        tooltip, popup = folium.GeoJsonTooltip(columns), folium.GeoJsonPopup(columns)
        folium.GeoJson(plain, name=file.stem, tooltip=tooltip, popup=popup).add_to(made)
    folium.LayerControl().add_to(made)
    made.save(out)


if __name__ == "__main__":
    main(*map(Path, sys.argv[1:]))
