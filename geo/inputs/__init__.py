"""Reading: what the layers folder says, checked."""
