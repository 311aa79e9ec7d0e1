"""What parties answer for, since when, and who stands in."""
