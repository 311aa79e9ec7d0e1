"""One case as a page: what is known of it and what one may do."""
