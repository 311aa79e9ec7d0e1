"""Presences (现场记录): what members leave in a cell by working there; indoors and on stairs no track shows it."""
