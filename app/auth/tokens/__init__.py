"""What machines come in with."""
