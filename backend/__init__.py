"""Back end of OfferLoop: one folder per business domain; `app.py` is the table of contents."""
