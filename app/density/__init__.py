"""Where incidents crowd together (问题密度): counts and rates by cell, a smooth surface."""
