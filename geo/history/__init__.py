"""What the layers mean on a day, and what can be computed from them."""
