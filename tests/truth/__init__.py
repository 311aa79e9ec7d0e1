"""Methods held against simulated data whose truth is known: `python -m tests.truth NAME [--json]`."""
