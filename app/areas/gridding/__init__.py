"""The lattice laid in the areas of an edition."""
