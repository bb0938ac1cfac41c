"""Builds the formal documents: `make docs`. Sources are document.md and slides.yaml beside this folder."""
