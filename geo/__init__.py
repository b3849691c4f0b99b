"""The Idlib de-escalation zone and the M4 security corridor: sourced layers in, a dated map out."""
