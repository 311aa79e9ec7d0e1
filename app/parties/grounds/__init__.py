"""Patches: ground that a party can answer for."""
