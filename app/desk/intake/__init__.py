"""Reports and hotline orders, as pages."""
