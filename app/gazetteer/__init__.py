"""Addresses and where they are (地址库): compounds, buildings, units, shops. It asks no one outside."""
