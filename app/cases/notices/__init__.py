"""What someone is to be told of cases."""
