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

-- Ranges of offsets that were never judged, each once.
CREATE OR REPLACE VIEW gaps AS
SELECT DISTINCT log, topic, partition, start_offset, end_offset
FROM seams
WHERE start_offset < end_offset;

CREATE OR REPLACE VIEW seams_by_partition AS
SELECT log, topic, partition, groupArray(start_offset) AS starts, groupArray(end_offset) AS ends
FROM seams
GROUP BY log, topic, partition;

CREATE OR REPLACE VIEW repeated_ids AS
SELECT DISTINCT source, id FROM repeated_events;

-- The raw rows of every id that stands in several places, as far as they are judged. A dead row is no row. `era`: at
-- each seam of a partition aggregate began anew to know ids, so of each era and pane one row of an id is in a cell.
CREATE OR REPLACE VIEW live_repeats AS
SELECT log, topic, partition, offset, source, id, subject, time, pane, type, beat, category, facet, count, values,
    arrayCount(x -> x <= offset, ends) AS era
FROM (
    SELECT log, topic, partition, offset, source, id, subject, time, pane, type, beat, category, facet, count, values
    FROM (
        SELECT log, topic, partition, offset, source, id, subject, time,
            toDateTime(intDiv(toUInt32(time), 300) * 300, 'UTC') AS pane,
            type, beat, category, facet, count, values
        FROM repeated_events FINAL
        WHERE (log, topic, partition, offset) NOT IN (SELECT log, topic, partition, offset FROM dead_letters)
    ) AS l ALL INNER JOIN (
        SELECT log, topic, partition, read FROM progress_latest
    ) AS r USING log, topic, partition
    WHERE offset < read
) AS l ANY LEFT JOIN (
    SELECT log, topic, partition, starts, ends FROM seams_by_partition
) AS r USING log, topic, partition
WHERE NOT arrayExists((x, y) -> (x <= offset) AND (offset < y), starts, ends);

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

-- Corrections whose id counts here: it stands nowhere else, or this is its first row.
CREATE OR REPLACE VIEW first_corrections AS
SELECT log, topic, partition, offset, verdict, source, id, subject, time, type, beat, category, facet, count, values,
    now_category, now_beat, reported_at
FROM (
    SELECT log, topic, partition, offset, verdict, source, id, subject, time, type, beat, category, facet, count,
        values, now_category, now_beat, reported_at
    FROM corrections FINAL
) AS l ANY LEFT JOIN (
    SELECT source, id, first_log, first_partition, first_offset FROM first_rows
) AS r USING source, id
WHERE first_log = '' OR (log = first_log AND partition = first_partition AND offset = first_offset);

-- Per incident the restatement that rules: the greatest (time, id).
CREATE OR REPLACE VIEW restatements AS
SELECT source, subject, ruling.1 AS time, ruling.2 AS id, ruling.3 AS type,
    ruling.4 AS now_category, ruling.5 AS now_beat, ruling.6 AS reported_at
FROM (
    SELECT source, subject, max((time, id, type, now_category, now_beat, reported_at)) AS ruling
    FROM first_corrections
    WHERE type IN ('incident.reclassified', 'incident.cancelled')
    GROUP BY source, subject
);

-- Raw reports that a restatement moves or takes away: accepted, judged, and the first of their id.
CREATE OR REPLACE VIEW restated AS
SELECT log, topic, partition, offset, source, id, subject, pane, type, beat, category, facet, count, values,
    restated_by, now_category, now_beat
FROM (
    SELECT log, topic, partition, offset, source, id, subject, pane, type, beat, category, facet, count, values
    FROM (
        SELECT log, topic, partition, offset, source, id, subject, pane, type, beat, category, facet, count, values
        FROM (
            SELECT log, topic, partition, offset, source, id, subject,
                toDateTime(intDiv(toUInt32(time), 300) * 300, 'UTC') AS pane,
                type, beat, category, facet, count, values
            FROM restated_events FINAL
            WHERE (log, topic, partition, offset) NOT IN (SELECT log, topic, partition, offset FROM dead_letters)
                AND (log, topic, partition, offset) NOT IN (
                    SELECT log, topic, partition, offset
                    FROM restated_events AS l ALL INNER JOIN (
                        SELECT log, topic, partition, starts, ends FROM seams_by_partition
                    ) AS r USING log, topic, partition
                    WHERE arrayExists((x, y) -> (x <= offset) AND (offset < y), starts, ends)
                )
        ) AS l ALL INNER JOIN (
            SELECT log, topic, partition, read FROM progress_latest
        ) AS r USING log, topic, partition
        WHERE offset < read
    ) AS l ANY LEFT JOIN (
        SELECT source, id, first_log, first_partition, first_offset FROM first_rows
    ) AS r USING source, id
    WHERE first_log = '' OR (log = first_log AND partition = first_partition AND offset = first_offset)
) AS l ALL INNER JOIN (
    SELECT source, subject, type AS restated_by, now_category, now_beat FROM restatements
) AS r USING source, subject;

-- What figures need beside the cells, signed: a late row that is first +1, a counted row that is not first -1,
-- a restated report -1 where it stands and +1 where it is now.
CREATE OR REPLACE VIEW adjustments AS
SELECT source, toDateTime(intDiv(toUInt32(time), 300) * 300, 'UTC') AS pane, type, beat, category, facet,
    toInt64(1) AS records, count, values, 'late' AS reason
FROM first_corrections
WHERE verdict = 'late' AND type NOT IN ('incident.reclassified', 'incident.cancelled')
UNION ALL
SELECT source, row.4 AS pane, row.5 AS type, row.6 AS beat, row.7 AS category, row.8 AS facet,
    toInt64(-1) AS records, -row.9 AS count, arrayMap(x -> -x, row.10) AS values, 'repeat' AS reason
FROM (
    -- of each partition, pane and era of an id at most one row stands in a cell: the lowest that is not late
    SELECT source, id, min(lowest) AS first_place,
        groupArray((log, partition, cell_offset, pane, cell_type, cell_beat, cell_category, cell_facet, cell_count,
            cell_values, all_late)) AS cell_rows
    FROM (
        SELECT log, topic, partition, source, id, pane, era,
            min((log, partition, offset)) AS lowest, min(late) AS all_late,
            argMin(offset, (late, offset)) AS cell_offset,
            argMin(type, (late, offset)) AS cell_type, argMin(beat, (late, offset)) AS cell_beat,
            argMin(category, (late, offset)) AS cell_category, argMin(facet, (late, offset)) AS cell_facet,
            argMin(count, (late, offset)) AS cell_count, argMin(values, (late, offset)) AS cell_values
        FROM judged_repeats
        GROUP BY log, topic, partition, source, id, pane, era
    )
    GROUP BY source, id
)
ARRAY JOIN cell_rows AS row
WHERE NOT row.11 AND (row.1, row.2, row.3) != first_place
    AND row.5 NOT IN ('incident.reclassified', 'incident.cancelled')
UNION ALL
SELECT source, pane, type,
    if(sign < 0 OR now_beat = '', beat, now_beat) AS beat, if(sign < 0, category, now_category) AS category, facet,
    sign AS records, sign * count AS count, arrayMap(x -> sign * x, values) AS values, 'restated' AS reason
FROM restated
ARRAY JOIN if(restated_by = 'incident.cancelled', [toInt64(-1)], [toInt64(-1), toInt64(1)]) AS sign;

-- Restatements whose incident is not there (yet): they move nothing.
CREATE OR REPLACE VIEW unmatched AS
SELECT source, subject, time, id, type, now_category, now_beat, reported_at
FROM restatements
WHERE (source, subject) NOT IN (SELECT source, subject FROM restated);
