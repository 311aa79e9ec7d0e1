"""The demo's open cases, made through the same moves as anybody's."""
