"""What was found, where, and in which cell (问题). What becomes of it is `app.cases`."""
