"""Spreads what was written and labelled within minutes over eight weeks, so that pictures show a history.

Run as: DATABASE_URL=… python frontend/e2e/weeks.py
Only dates change. The first version writes for six weeks, a run follows, and what it made writes for the last two.
"""

import os

from sqlalchemy import create_engine

SPREAD = """
WITH counted AS (
  SELECT offers.id, parent IS NULL AS first, row_number() OVER written AS n, percent_rank() OVER written AS place
  FROM offers JOIN model_versions ON model_versions.name = offers.model_version
  WINDOW written AS (PARTITION BY parent IS NULL ORDER BY offers.id)
), placed AS (
  SELECT id, n, CASE WHEN first THEN changed + (place - 1) * interval '42 days'
                     ELSE changed + place * (now() - interval '1 day' - changed) END AS day
  FROM counted, (SELECT date_trunc('week', now()) - interval '1 second' - interval '7 days' AS changed) AS week
)
UPDATE offers SET created_at = date_trunc('day', day) + interval '6 hours' + mod(n * 37, 540) * interval '1 minute'
FROM placed WHERE placed.id = offers.id;
UPDATE labels SET created_at = offers.created_at + interval '2 hours' FROM offers WHERE offers.id = labels.offer_id;

UPDATE retrain_runs SET created_at = created_at - interval '14 days', started_at = started_at - interval '14 days',
  finished_at = finished_at - interval '14 days';
UPDATE retrain_log SET at = at - interval '14 days';
UPDATE promotions SET at = at - CASE WHEN former IS NULL THEN interval '60 days' ELSE interval '14 days' END;
UPDATE model_versions SET
  created_at = created_at - CASE WHEN parent IS NULL THEN interval '60 days' ELSE interval '14 days' END,
  promoted_at = promoted_at - CASE WHEN parent IS NULL THEN interval '60 days' ELSE interval '14 days' END;
"""

with create_engine(os.environ["DATABASE_URL"]).begin() as connection:
    connection.exec_driver_sql(SPREAD)
