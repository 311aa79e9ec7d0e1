"""Intake (轨迹接收): fixes from phones, recorders and files."""
