"""What the model writes in place of names and addresses; the back end fills them. The model component needs no more."""

SLOTS = ("{bank}", "{app}", "{site}", "{phone}", "{agent}")
