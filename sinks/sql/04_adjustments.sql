-- What an earlier version had, and nothing reads any more.
DROP TABLE IF EXISTS first_corrections;
DROP TABLE IF EXISTS restatements;

CREATE OR REPLACE VIEW cells_latest AS
SELECT log, topic, partition, source, pane, type, beat, category, facet, version, records, count, values
FROM cells FINAL;

CREATE OR REPLACE VIEW progress_latest AS
SELECT log, topic, partition, read, counted, late, duplicates, dead, clocks, boundaries
FROM progress FINAL;

CREATE OR REPLACE VIEW positions_latest AS
SELECT log, topic, partition, max(position) AS position
FROM sink_positions
GROUP BY log, topic, partition;

-- Ranges of offsets that were never judged, each once.
CREATE OR REPLACE VIEW gaps AS
SELECT DISTINCT log, topic, partition, start_offset, end_offset
FROM seams
WHERE start_offset < end_offset;

CREATE OR REPLACE VIEW seams_by_partition AS
SELECT log, topic, partition, groupArray(start_offset) AS starts, groupArray(end_offset) AS ends
FROM seams
GROUP BY log, topic, partition;

-- How far each partition is judged, and where judging began anew. A raw row at or above `read`, or within a seam, takes
-- no part in any figure (yet).
CREATE OR REPLACE VIEW judged_to AS
SELECT log, topic, partition, read, starts, ends
FROM (
    SELECT log, topic, partition, read FROM progress_latest
) AS l ANY LEFT JOIN (
    SELECT log, topic, partition, starts, ends FROM seams_by_partition
) AS r USING log, topic, partition;

CREATE OR REPLACE VIEW repeated_ids AS
SELECT DISTINCT source, id FROM repeated_events;

-- The raw rows of every id that stands in several places, as far as they are judged. A dead row is no row. `era`: at
-- each seam of a partition aggregate began anew to know ids, so of each era and pane one row of an id is in a cell.
CREATE OR REPLACE VIEW live_repeats AS
SELECT log, topic, partition, offset, source, id, subject, time,
    toDateTime(intDiv(toUInt32(time), 300) * 300, 'UTC') AS pane, type, beat, category, facet, count, values,
    now_category, now_beat, received, arrayCount(x -> x <= offset, ends) AS era
FROM (
    SELECT log, topic, partition, offset, source, id, subject, time, type, beat, category, facet, count, values,
        now_category, now_beat, received
    FROM repeated_events FINAL
    WHERE (log, topic, partition, offset) NOT IN (SELECT log, topic, partition, offset FROM dead_letters)
) AS l ALL INNER JOIN (
    SELECT log, topic, partition, read, starts, ends FROM judged_to
) AS r USING log, topic, partition
WHERE offset < read AND NOT arrayExists((x, y) -> (x <= offset) AND (offset < y), starts, ends);

-- The same, with the ones apart that came after their pane had closed: those stand in corrections, not in a cell.
CREATE OR REPLACE VIEW judged_repeats AS
SELECT log, topic, partition, offset, source, id, subject, time, pane, type, beat, category, facet, count, values, era,
    (log, topic, partition, offset) IN (
        SELECT log, topic, partition, offset FROM corrections WHERE verdict = 'late'
    ) AS late
FROM live_repeats;

-- Of all rows of one (source, id) the lowest (log, partition, offset) counts. Here: where that is, for repeated ids.
CREATE OR REPLACE VIEW first_rows AS
SELECT source, id, lowest.1 AS first_log, lowest.2 AS first_partition, lowest.3 AS first_offset
FROM (
    SELECT source, id, min((log, partition, offset)) AS lowest
    FROM live_repeats
    GROUP BY source, id
);

-- For people and for the audit: each of these rows with the verdict that aggregate gave. `duplicate` follows a counted
-- row of its partition, id and pane. Only the row that is `first` counts.
CREATE OR REPLACE VIEW repeats AS
SELECT log, topic, partition, offset, source, id, subject, time, pane, type, beat, category, facet, count, values,
    multiIf(late, 'late', offset > counted_offset, 'duplicate', 'counted') AS verdict,
    (log = first_log) AND (partition = first_partition) AND (offset = first_offset) AS first
FROM (
    SELECT log, topic, partition, offset, source, id, subject, time, pane, type, beat, category, facet, count, values,
        late, counted_offset
    FROM judged_repeats AS l ANY LEFT JOIN (
        SELECT log, topic, partition, source, id, pane, era, min(offset) AS counted_offset
        FROM judged_repeats WHERE NOT late
        GROUP BY log, topic, partition, source, id, pane, era
    ) AS r USING log, topic, partition, source, id, pane, era
) AS l ANY LEFT JOIN (
    SELECT source, id, first_log, first_partition, first_offset FROM first_rows
) AS r USING source, id;

-- Raw reports of incidents that a restatement names: judged, and not dead.
CREATE OR REPLACE VIEW live_reports AS
SELECT log, topic, partition, offset, source, id, subject, time, type, beat, category, facet, count, values
FROM (
    SELECT log, topic, partition, offset, source, id, subject, time, type, beat, category, facet, count, values
    FROM restated_events FINAL
    WHERE (log, topic, partition, offset) NOT IN (SELECT log, topic, partition, offset FROM dead_letters)
) AS l ALL INNER JOIN (
    SELECT log, topic, partition, read, starts, ends FROM judged_to
) AS r USING log, topic, partition
WHERE offset < read AND NOT arrayExists((x, y) -> (x <= offset) AND (offset < y), starts, ends);

-- Restatements, and the reports of the incidents that they name, as far as their id counts there: it stands nowhere else,
-- or this is its first row. A report comes twice: as it is taken from where it stands, and as it is put where it is now.
CREATE OR REPLACE VIEW first_of_restated AS
SELECT log, topic, partition, offset, source, id, subject, time, type, beat, category, facet, count, values,
    now_category, now_beat, reported_at, sign
FROM (
    SELECT log, topic, partition, offset, source, id, subject, time, type, beat, category, facet, count, values,
        now_category, now_beat, reported_at, toInt64(0) AS sign
    FROM corrections FINAL
    WHERE type IN ('incident.reclassified', 'incident.cancelled')
    UNION ALL
    SELECT log, topic, partition, offset, source, id, subject, time, type, beat, category, facet, count, values,
        '' AS now_category, '' AS now_beat, toDateTime(0, 'UTC') AS reported_at,
        arrayJoin([toInt64(-1), toInt64(1)]) AS sign
    FROM live_reports
) AS l ANY LEFT JOIN (
    SELECT source, id, first_log, first_partition, first_offset FROM first_rows
) AS r USING source, id
WHERE first_log = '' OR (log = first_log AND partition = first_partition AND offset = first_offset);

-- By incident the restatement that rules, the greatest (time, id), with these reports. One that has none of them has an
-- empty `log`.
CREATE OR REPLACE VIEW rulings AS
SELECT row.1 AS log, row.2 AS topic, row.3 AS partition, row.4 AS offset, source, row.5 AS id, subject,
    toDateTime(intDiv(toUInt32(row.6), 300) * 300, 'UTC') AS pane, row.7 AS type, row.8 AS beat, row.9 AS category,
    row.10 AS facet, row.11 AS count, row.12 AS values, row.13 AS sign, ruling.1 AS restated_at,
    ruling.2 AS restating_id, ruling.3 AS restated_by, ruling.4 AS now_category, ruling.5 AS now_beat,
    ruling.6 AS reported_at
FROM (
    SELECT source, subject,
        maxIf((time, id, type, now_category, now_beat, reported_at), sign = 0) AS ruling,
        groupArrayIf((log, topic, partition, offset, id, time, type, beat, category, facet, count, values, sign),
            sign != 0) AS rows
    FROM first_of_restated
    GROUP BY source, subject
    HAVING min(abs(sign)) = 0
)
LEFT ARRAY JOIN rows AS row;

-- Raw reports that a restatement moves or takes away.
CREATE OR REPLACE VIEW restated AS
SELECT log, topic, partition, offset, source, id, subject, pane, type, beat, category, facet, count, values,
    restated_by, now_category, now_beat
FROM rulings
WHERE sign < 0;

-- Restatements whose incident is not there (yet): they move nothing.
CREATE OR REPLACE VIEW unmatched AS
SELECT source, subject, restated_at AS time, restating_id AS id, restated_by AS type, now_category, now_beat, reported_at
FROM rulings
WHERE log = '';

-- What figures need beside the cells, signed: a late row that is first +1, a counted row that is not first -1,
-- a restated report -1 where it stands and +1 where it is now.
CREATE OR REPLACE VIEW adjustments AS
SELECT source, toDateTime(intDiv(toUInt32(time), 300) * 300, 'UTC') AS pane, type, beat, category, facet,
    toInt64(1) AS records, count, values, 'late' AS reason
FROM corrections FINAL
WHERE verdict = 'late' AND type NOT IN ('incident.reclassified', 'incident.cancelled')
    AND (source, id) NOT IN (SELECT source, id FROM repeated_ids)
UNION ALL
SELECT source, row.4 AS pane, row.5 AS type, row.6 AS beat, row.7 AS category, row.8 AS facet,
    if(row.11, toInt64(1), toInt64(-1)) AS records, records * row.9 AS count, arrayMap(x -> records * x, row.10) AS values,
    if(row.11, 'late', 'repeat') AS reason
FROM (
    -- of each partition, pane and era of an id at most one row stands in a cell: the lowest that is not late
    SELECT source, id, min(lowest) AS first_place,
        groupArray((log, partition, lowest_offset, pane, row_type, row_beat, row_category, row_facet, row_count,
            row_values, late)) AS lowest_rows
    FROM (
        SELECT log, topic, partition, source, id, pane, era, late,
            min((log, partition, offset)) AS lowest, min(offset) AS lowest_offset,
            argMin(type, offset) AS row_type, argMin(beat, offset) AS row_beat,
            argMin(category, offset) AS row_category, argMin(facet, offset) AS row_facet,
            argMin(count, offset) AS row_count, argMin(values, offset) AS row_values
        FROM judged_repeats
        GROUP BY log, topic, partition, source, id, pane, era, late
    )
    GROUP BY source, id
)
ARRAY JOIN lowest_rows AS row
WHERE row.11 = ((row.1, row.2, row.3) = first_place)
    AND row.5 NOT IN ('incident.reclassified', 'incident.cancelled')
UNION ALL
SELECT source, pane, type,
    if(sign < 0 OR now_beat = '', row_beat, now_beat) AS beat, if(sign < 0, row_category, now_category) AS category, facet,
    sign AS records, sign * row_count AS count, arrayMap(x -> sign * x, row_values) AS values, 'restated' AS reason
FROM (
    SELECT source, pane, type, beat AS row_beat, category AS row_category, facet, count AS row_count,
        values AS row_values, sign, now_beat, now_category
    FROM rulings
    WHERE sign < 0 OR (sign > 0 AND restated_by != 'incident.cancelled')
);
