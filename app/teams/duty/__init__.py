"""Duty as said on phones (上下班): start, pause, resume, end become shifts and pauses, the roster's ones adopted."""
