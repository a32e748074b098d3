-- Raw accepted events: what every figure can be taken apart into. A row is named by where it stands in its log.
-- `received` is the record's own time in Kafka; retention follows it, so history that is replayed today stays.
CREATE TABLE IF NOT EXISTS events (
    log String, topic String, partition UInt32, offset UInt64,
    source String, id String, subject String,
    time DateTime('UTC'), type String, beat String, category String, facet String,
    count Int64, values Array(Int64),
    now_category String, now_beat String, reported_at DateTime('UTC'), unit String,
    received DateTime('UTC')
) ENGINE = ReplacingMergeTree
PARTITION BY toYYYYMM(time)
ORDER BY (log, topic, partition, offset);

-- Where each (source, id) stands, by its hash: a look-up reads a few hundred rows, whatever the history is.
CREATE TABLE IF NOT EXISTS event_ids (
    hash UInt64, log String, topic String, partition UInt32, offset UInt64, received DateTime('UTC')
) ENGINE = ReplacingMergeTree
ORDER BY (hash, log, topic, partition, offset)
SETTINGS index_granularity = 256;

CREATE MATERIALIZED VIEW IF NOT EXISTS event_ids_feed TO event_ids AS
SELECT cityHash64(source, id) AS hash, log, topic, partition, offset, received
FROM events;

-- Where each reported incident stands, by the hash of (source, subject): what a restatement looks for.
CREATE TABLE IF NOT EXISTS event_subjects (
    hash UInt64, log String, topic String, partition UInt32, offset UInt64, received DateTime('UTC')
) ENGINE = ReplacingMergeTree
ORDER BY (hash, log, topic, partition, offset)
SETTINGS index_granularity = 256;

CREATE MATERIALIZED VIEW IF NOT EXISTS event_subjects_feed TO event_subjects AS
SELECT cityHash64(source, subject) AS hash, log, topic, partition, offset, received
FROM events
WHERE type = 'incident.reported';

-- Copies of the raw rows whose id stands in more than one place. The sink writes them after the rows themselves,
-- so of two writers at least one sees both. Facts only: every verdict on them is a view.
CREATE TABLE IF NOT EXISTS repeated_events (
    log String, topic String, partition UInt32, offset UInt64,
    source String, id String, subject String,
    time DateTime('UTC'), type String, beat String, category String, facet String,
    count Int64, values Array(Int64)
) ENGINE = ReplacingMergeTree
ORDER BY (source, id, log, topic, partition, offset);

-- What a restatement says, and when the record came to Kafka: with the above all that two rows of an id can differ in.
ALTER TABLE repeated_events ADD COLUMN IF NOT EXISTS now_category String;

ALTER TABLE repeated_events ADD COLUMN IF NOT EXISTS now_beat String;

ALTER TABLE repeated_events ADD COLUMN IF NOT EXISTS received DateTime('UTC');

-- Copies of the raw reports of incidents that a restatement names.
CREATE TABLE IF NOT EXISTS restated_events (
    log String, topic String, partition UInt32, offset UInt64,
    source String, id String, subject String,
    time DateTime('UTC'), type String, beat String, category String, facet String,
    count Int64, values Array(Int64)
) ENGINE = ReplacingMergeTree
ORDER BY (source, subject, log, topic, partition, offset);
