"""Gridward: grid-based city management (网格化城市管理), from boundary files to coverage maps."""
