"""Today's work and lists of cases, as pages."""
