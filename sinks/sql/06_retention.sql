-- Raw rows go after CITYWATCH_KEEP_RAW days; cells, corrections and dead letters stay.
-- since: 20.1
ALTER TABLE events MODIFY TTL received + INTERVAL {keep_raw} DAY;

-- since: 20.1
ALTER TABLE event_ids MODIFY TTL received + INTERVAL {keep_raw} DAY;

-- since: 20.1
ALTER TABLE event_subjects MODIFY TTL received + INTERVAL {keep_raw} DAY;
