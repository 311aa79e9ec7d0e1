"""An edition from draft to the one that holds."""
