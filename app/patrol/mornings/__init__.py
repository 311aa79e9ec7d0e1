"""The morning of a day with members away (早班调整): beats cut anew for that day, and tours on them."""
