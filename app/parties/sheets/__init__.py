"""Parties, responsibilities and models in and out as sheets."""
