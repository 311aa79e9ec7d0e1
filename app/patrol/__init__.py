"""What was walked (巡查): tracks, visits, coverage, idleness. Whose work it was is `app.teams`."""
