"""Clients' data end: one client's on request, everybody's when the time of retention is over."""
