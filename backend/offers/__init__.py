"""Offers: clients in, lawful personal texts with a confidence out."""
