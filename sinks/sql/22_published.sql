-- What stands on the topic of adjustments, in the log that is named: written when the broker has acknowledged it.
CREATE TABLE IF NOT EXISTS published_adjustments (
    log String, source String, pane DateTime('UTC'), type String,
    beat String, category String, facet String, further Array(String),
    version UInt64, records Int64, count Int64, values Array(Int64)
) ENGINE = ReplacingMergeTree(version)
PARTITION BY toYYYYMM(pane)
ORDER BY (source, type, pane, beat, category, facet, further);

-- Adjustments that are being published, where they are many: the view below is asked once for all of them.
CREATE TABLE IF NOT EXISTS staged_adjustments (
    source String, pane DateTime('UTC'), type String,
    beat String, category String, facet String, further Array(String),
    records Int64, count Int64, values Array(Int64)
) ENGINE = MergeTree PARTITION BY tuple()
ORDER BY (source, type, pane, beat, category, facet, further);

-- By cell identity the sum of its adjustments, where it is not what was published. All zero: it has none any more.
CREATE OR REPLACE VIEW adjustments_due AS
SELECT source, pane, type, beat, category, facet, further,
    sumIf(plus_records, is_now = 1) AS records, sumIf(plus_count, is_now = 1) AS count,
    sumForEachIf(plus_values, is_now = 1) AS values
FROM (
    SELECT source, pane, type, beat, category, facet, further, records AS plus_records, count AS plus_count,
        values AS plus_values, toUInt8(1) AS is_now
    FROM adjustments
    UNION ALL
    SELECT source, pane, type, beat, category, facet, further, -records AS plus_records, -count AS plus_count,
        arrayMap(x -> -x, values) AS plus_values, toUInt8(0) AS is_now
    FROM published_adjustments FINAL
)
GROUP BY source, pane, type, beat, category, facet, further
HAVING sum(plus_records) != 0 OR sum(plus_count) != 0 OR arrayExists(x -> x != 0, sumForEach(plus_values));
