"""The mission's five places as parties, grounds, responsibilities and models of the demo."""
