"""Presences carried to a new edition of the grid (换版)."""
