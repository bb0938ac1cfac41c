"""Back end of OfferLoop: one folder per business domain; `app.py` is the table of contents."""

import os
from pathlib import Path

# prometheus_client opens files in this folder as soon as a module that counts is imported, whatever the command.
if _metrics_dir := os.environ.get("PROMETHEUS_MULTIPROC_DIR"):
    Path(_metrics_dir).mkdir(parents=True, exist_ok=True)
