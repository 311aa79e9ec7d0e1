"""Accounts of the demo: one per role and per person of the stories, with one-time links only."""
