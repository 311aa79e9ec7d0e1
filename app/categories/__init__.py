"""What kinds of incident there are, and how long each may take (问题类别、办理时限)."""
