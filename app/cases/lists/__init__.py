"""Cases found by what is known of them, and today's."""
