"""The layers as elements of a folium map."""
