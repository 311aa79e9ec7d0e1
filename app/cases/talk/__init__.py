"""What is said and shown about a case."""
