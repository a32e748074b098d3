-- Records [start_offset, end_offset) of a topic that retention took before the sink had read them: whatever rows they
-- would have made are in no table. Written with the first position above them.
CREATE TABLE IF NOT EXISTS unread (
    log String, topic String, partition UInt32, start_offset UInt64, end_offset UInt64
) ENGINE = ReplacingMergeTree
ORDER BY (log, topic, partition, start_offset, end_offset);
