"""The demonstration (示意数据): Chaoyang, its five places, a day of its life. All of it is marked synthetic."""
