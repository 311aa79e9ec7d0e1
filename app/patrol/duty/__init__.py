"""Duty (在岗): who walks as whom, what they were told and agreed to, their shifts, their own track, the live team."""
