"""How to reach a party, and who its members are."""
