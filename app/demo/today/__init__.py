"""What the demo's team finds today: beats in force, shifts, tours, tracks up to now, an urgent case."""
