"""A boundary file as one level of a draft edition."""
