"""What the layers mean on a day, and everything that is computed from them."""
