"""One case moved, many at once, and what time moves by itself."""
