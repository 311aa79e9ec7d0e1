"""Who could take a case (派单建议): members on shift by time of arrival, with what it would cost; a person decides."""
