"""The layers for other programs: GeoPackage, KML, GeoParquet, CSV, and the data package that describes them."""
