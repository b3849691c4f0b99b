"""The reference map: a folium map that is saved as one offline document."""
