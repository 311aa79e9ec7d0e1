"""Coordinates and shapes (坐标与几何): CRS, datums, the lattice. It knows no database and none of our words."""
