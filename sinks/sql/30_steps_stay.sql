-- The state of a subject goes back to its first step, which may be years ago (an unsolved case): raw rows that are a step
-- of a lifecycle stay when others of their age go. Runs again when there are other steps, as with another setting.
-- since: 20.6
ALTER TABLE events MODIFY TTL received + INTERVAL {keep_raw} DAY DELETE WHERE type NOT IN {steps};
