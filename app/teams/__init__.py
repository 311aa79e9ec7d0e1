"""Patrol teams (巡查队伍): members, beats, shifts. What they walked is `app.patrol`."""
