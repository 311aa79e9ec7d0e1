"""Coming in and going out, accounts and the audit log, as pages."""
