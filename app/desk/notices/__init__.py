"""Notices and help, as pages."""
