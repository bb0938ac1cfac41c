"""From reviewers' labels to a promoted model version; runs in RQ workers, reached through `backend` services only."""
