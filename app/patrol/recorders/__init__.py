"""Recorders (其他记录设备): OsmAnd, Traccar and the like send a member's fixes under a secret of their own."""
