"""Products, channels and the bank's own profile: everything a text may claim comes from here."""
