"""Tours of a team's day on the patrol desk: on the map, with reasons, planned anew, to print (今日路线)."""
