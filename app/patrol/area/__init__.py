"""My area (我的责任区): what a member's own beat looks like now, for a phone that may be offline."""
