"""Reduction (轨迹归约): from the fixes of a shift to visits and gaps."""
