"""Parties, what they answer for, and the gaps, as pages."""
