"""Clients: their 25 features and events, read from JSON and from tables with all the dirt of real data."""
