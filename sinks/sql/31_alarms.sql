-- Alarms of clocks (`docs/topics.md`, alarm): of an id the greatest version rules. 1970-01-01 where there is no time.
CREATE TABLE IF NOT EXISTS alarms (
    id String, clock String, source String, subject String, beat String, state String,
    begin DateTime('UTC'), warn_at DateTime('UTC'), due DateTime('UTC'), raised_at DateTime('UTC'),
    end DateTime('UTC'), ended_by String, why String, withdrawn_by String, version UInt64
) ENGINE = ReplacingMergeTree(version)
PARTITION BY toYYYYMM(begin)
ORDER BY (clock, source, subject, begin);

-- As they stand.
CREATE OR REPLACE VIEW alarms_latest AS
SELECT id, clock, source, subject, beat, state, begin, warn_at, due, raised_at, end, ended_by, why, withdrawn_by, version
FROM alarms FINAL;
