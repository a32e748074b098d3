-- What aggregate published, as absolute values. The greatest version of a cell rules, in whatever order they arrive.
CREATE TABLE IF NOT EXISTS cells (
    log String, topic String, partition UInt32, source String, pane DateTime('UTC'),
    type String, beat String, category String, facet String,
    version UInt64, records UInt64, count Int64, values Array(Int64)
) ENGINE = ReplacingMergeTree(version)
PARTITION BY toYYYYMM(pane)
ORDER BY (source, type, pane, beat, category, facet, log, topic, partition);

CREATE TABLE IF NOT EXISTS progress (
    log String, topic String, partition UInt32, read UInt64,
    counted UInt64, late UInt64, duplicates UInt64, dead UInt64,
    clocks String, boundaries String
) ENGINE = ReplacingMergeTree(read)
ORDER BY (log, topic, partition);

CREATE TABLE IF NOT EXISTS corrections (
    log String, topic String, partition UInt32, offset UInt64, verdict String,
    source String, id String, subject String,
    time DateTime('UTC'), type String, beat String, category String, facet String,
    count Int64, values Array(Int64),
    now_category String, now_beat String, reported_at DateTime('UTC')
) ENGINE = ReplacingMergeTree
ORDER BY (log, topic, partition, offset);

CREATE TABLE IF NOT EXISTS dead_letters (
    log String, topic String, partition UInt32, offset UInt64,
    reason String, detail String, control UInt8, source String, excerpt String
) ENGINE = ReplacingMergeTree
ORDER BY (log, topic, partition, offset);

-- When the refused record came to Kafka.
ALTER TABLE dead_letters ADD COLUMN IF NOT EXISTS received DateTime('UTC');

-- Where judging went on from durable cells: ids counted below `end_offset` were not known any more. Records in
-- [start_offset, end_offset) were never judged; by source, the event times [since, until) that they may have had.
CREATE TABLE IF NOT EXISTS seams (
    log String, topic String, partition UInt32, start_offset UInt64, end_offset UInt64,
    source String, since DateTime('UTC'), until DateTime('UTC')
) ENGINE = ReplacingMergeTree
ORDER BY (log, topic, partition, start_offset, end_offset, source);

-- Per topic of Kafka that the sink reads: every record below `position` is in the tables above.
CREATE TABLE IF NOT EXISTS sink_positions (
    log String, topic String, partition UInt32, position UInt64
) ENGINE = ReplacingMergeTree(position)
ORDER BY (log, topic, partition);
