-- Spans of event time [since, until) of a source on which one record of a log decides (`docs/topics.md`, source_gap).
-- What is known of a source follows from these, from its clocks in `progress` and from `seams`:
-- `streams/core/known.py` says how.
CREATE TABLE IF NOT EXISTS source_gaps (
    log String, topic String, partition UInt32, offset UInt64,
    source String, since DateTime('UTC'), until DateTime('UTC'), cause String, at DateTime('UTC'), why String
) ENGINE = ReplacingMergeTree
ORDER BY (log, topic, partition, offset, source, since);
