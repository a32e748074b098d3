-- How far the sink has found each partition in balance: verdicts below `read`, each with its rows in the store.
-- `oldest`: the oldest record whose raw row was there then; the epoch where raw rows were not looked at.
CREATE TABLE IF NOT EXISTS audits (
    log String, topic String, partition UInt32, read UInt64,
    counted UInt64, late UInt64, duplicates UInt64, dead UInt64, restating UInt64,
    oldest DateTime('UTC'), checked DateTime('UTC')
) ENGINE = ReplacingMergeTree(checked)
ORDER BY (log, topic, partition, read);
