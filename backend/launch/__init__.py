"""`make run`: embedded servers, the parts of OfferLoop and the supervisor that keeps them alive."""
