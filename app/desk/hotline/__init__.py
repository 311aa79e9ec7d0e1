"""Hotline orders as pages."""
