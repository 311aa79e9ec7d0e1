"""Retention (保存期限): raw fixes are deleted in time; the visits they were reduced to stay."""
