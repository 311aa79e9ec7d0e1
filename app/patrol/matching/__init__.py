"""Matching (路网匹配): tracks laid on the streets they were walked on, and what such a street shows of the cells beside it."""
