"""Cuts a ground into beats for a team (责任区划分): which ground, whose anchors, who knows what; stored as a draft."""
