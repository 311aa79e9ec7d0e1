"""Maps (地图): tiles, outlines, cards, the printable report. It stores nothing."""
