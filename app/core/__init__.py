"""Words every package may use: settings, errors, findings, codes, clock. Imports nothing of ours."""
