"""Beats planned (巡查责任区划分): contiguous, compact, balanced in minutes of work. `app.teams.plans` stores them."""
