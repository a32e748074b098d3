CREATE OR REPLACE VIEW cells_latest AS
SELECT log, topic, partition, source, pane, type, beat, category, facet, version, records, count, values
FROM cells FINAL;

-- How far each partition is judged. A raw row at or above `read` takes no part in any figure yet.
CREATE OR REPLACE VIEW progress_latest AS
SELECT log, topic, partition, read, counted, late, duplicates, dead, clocks, boundaries
FROM progress FINAL;

CREATE OR REPLACE VIEW positions_latest AS
SELECT log, topic, partition, max(position) AS position
FROM sink_positions
GROUP BY log, topic, partition;

-- The raw rows of every id that stands in several places, with the verdict that aggregate gave: a dead row is no row;
-- `late` stands in corrections; `duplicate` follows a counted row of its partition, id and pane; else `counted`.
-- Of all rows of one (source, id) the lowest (log, partition, offset) is `first`: it alone counts.
CREATE OR REPLACE VIEW judged_repeats AS
SELECT log, topic, partition, offset, source, id, subject, time, pane, type, beat, category, facet, count, values,
    late
FROM (
    SELECT log, topic, partition, offset, source, id, subject, time,
        toDateTime(intDiv(toUInt32(time), 300) * 300, 'UTC') AS pane,
        type, beat, category, facet, count, values,
        (log, topic, partition, offset) IN (
            SELECT log, topic, partition, offset FROM corrections WHERE verdict = 'late'
        ) AS late
    FROM repeated_events FINAL
    WHERE (log, topic, partition, offset) NOT IN (SELECT log, topic, partition, offset FROM dead_letters)
) AS l ALL INNER JOIN (
    SELECT log, topic, partition, read FROM progress_latest
) AS r USING log, topic, partition
WHERE offset < read;

CREATE OR REPLACE VIEW repeats AS
SELECT log, topic, partition, offset, source, id, subject, time, pane, type, beat, category, facet, count, values,
    multiIf(late, 'late', offset > counted_offset, 'duplicate', 'counted') AS verdict,
    (log = first_log) AND (partition = first_partition) AND (offset = first_offset) AS first
FROM (
    SELECT log, topic, partition, offset, source, id, subject, time, pane, type, beat, category, facet, count, values,
        late, counted_offset
    FROM judged_repeats AS l
    ANY LEFT JOIN (
        SELECT log, topic, partition, source, id, pane, min(offset) AS counted_offset
        FROM judged_repeats WHERE NOT late
        GROUP BY log, topic, partition, source, id, pane
    ) AS r USING log, topic, partition, source, id, pane
) AS l ANY LEFT JOIN (
    SELECT source, id, min((log, partition, offset)) AS lowest,
        lowest.1 AS first_log, lowest.2 AS first_partition, lowest.3 AS first_offset
    FROM judged_repeats
    GROUP BY source, id
) AS r USING source, id;

CREATE OR REPLACE VIEW repeated_ids AS
SELECT DISTINCT source, id FROM repeated_events;

-- Rows that stand in a cell or in corrections but count nowhere, because their id counts at its first row.
CREATE OR REPLACE VIEW repeats_not_first AS
SELECT log, topic, partition, offset FROM repeats WHERE NOT first;

-- Per incident the restatement that rules: the greatest (time, id).
CREATE OR REPLACE VIEW restatements AS
SELECT source, subject, ruling.1 AS time, ruling.2 AS id, ruling.3 AS type,
    ruling.4 AS now_category, ruling.5 AS now_beat, ruling.6 AS reported_at
FROM (
    SELECT source, subject, max((time, id, type, now_category, now_beat, reported_at)) AS ruling
    FROM corrections
    WHERE type IN ('incident.reclassified', 'incident.cancelled')
        AND (log, topic, partition, offset) NOT IN (SELECT log, topic, partition, offset FROM repeats_not_first)
    GROUP BY source, subject
);

-- Raw reports that a restatement moves or takes away: accepted, judged, and the first of their id.
CREATE OR REPLACE VIEW restated AS
SELECT log, topic, partition, offset, source, id, subject, pane, type, beat, category, facet, count, values,
    restated_by, now_category, now_beat
FROM (
    SELECT log, topic, partition, offset, source, id, subject, pane, type, beat, category, facet, count, values
    FROM (
        SELECT log, topic, partition, offset, source, id, subject,
            toDateTime(intDiv(toUInt32(time), 300) * 300, 'UTC') AS pane,
            type, beat, category, facet, count, values
        FROM restated_events FINAL
        WHERE (log, topic, partition, offset) NOT IN (SELECT log, topic, partition, offset FROM dead_letters)
            AND (log, topic, partition, offset) NOT IN (SELECT log, topic, partition, offset FROM repeats_not_first)
    ) AS l ALL INNER JOIN (
        SELECT log, topic, partition, read FROM progress_latest
    ) AS r USING log, topic, partition
    WHERE offset < read
) AS l ALL INNER JOIN (
    SELECT source, subject, type AS restated_by, now_category, now_beat FROM restatements
) AS r USING source, subject;

-- What figures need beside the cells, signed: a late row that is first +1, a counted row that is not first -1,
-- a restated report -1 where it stands and +1 where it is now.
CREATE OR REPLACE VIEW adjustments AS
SELECT source, toDateTime(intDiv(toUInt32(time), 300) * 300, 'UTC') AS pane, type, beat, category, facet,
    toInt64(1) AS records, count, values, 'late' AS reason
FROM corrections FINAL
WHERE verdict = 'late' AND type NOT IN ('incident.reclassified', 'incident.cancelled')
    AND (log, topic, partition, offset) NOT IN (SELECT log, topic, partition, offset FROM repeats_not_first)
UNION ALL
SELECT source, pane, type, beat, category, facet,
    toInt64(-1) AS records, -count AS count, arrayMap(x -> -x, values) AS values, 'repeat' AS reason
FROM repeats
WHERE verdict = 'counted' AND NOT first AND type NOT IN ('incident.reclassified', 'incident.cancelled')
UNION ALL
SELECT source, pane, type, beat, category, facet,
    toInt64(-1) AS records, -count AS count, arrayMap(x -> -x, values) AS values, 'restated' AS reason
FROM restated
UNION ALL
SELECT source, pane, type, if(now_beat = '', beat, now_beat) AS beat, now_category AS category, facet,
    toInt64(1) AS records, count, values, 'restated' AS reason
FROM restated
WHERE restated_by = 'incident.reclassified';

-- Restatements whose incident is not there (yet): they move nothing.
CREATE OR REPLACE VIEW unmatched AS
SELECT source, subject, time, id, type, now_category, now_beat, reported_at
FROM restatements
WHERE (source, subject) NOT IN (SELECT source, subject FROM restated);
