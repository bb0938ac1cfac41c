"""Backup and restore: the whole record of an installation in one file, taken while it works."""
