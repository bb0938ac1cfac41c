"""People and systems that may call the API: accounts, roles, sign-in, audit of their acts."""
