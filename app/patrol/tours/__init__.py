"""The day's tour (巡查路线) of each member: which cells, in which order, at what time, and why."""
