"""HTTP manners shared by all endpoints: one session a request, one table of errors."""
