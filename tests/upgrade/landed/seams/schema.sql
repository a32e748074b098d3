CREATE TABLE IF NOT EXISTS migrations (name String, digest String, version String, done DateTime('UTC'))
ENGINE = ReplacingMergeTree(done) ORDER BY name;

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

-- Copies of the raw reports of incidents that a restatement names.
CREATE TABLE IF NOT EXISTS restated_events (
    log String, topic String, partition UInt32, offset UInt64,
    source String, id String, subject String,
    time DateTime('UTC'), type String, beat String, category String, facet String,
    count Int64, values Array(Int64)
) ENGINE = ReplacingMergeTree
ORDER BY (source, subject, log, topic, partition, offset);

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

-- Code lists are data: figures hold codes as they came, and a mended list mends the past.
-- A list is replaced as a whole: its rows carry a version, and the latest line in `lists` says which one is read.
CREATE TABLE IF NOT EXISTS lists (name String, version UInt64, digest String)
ENGINE = ReplacingMergeTree(version) ORDER BY name;

CREATE TABLE IF NOT EXISTS cities (city String, zh String, en String, tz String, version UInt64)
ENGINE = MergeTree PARTITION BY version ORDER BY city;

CREATE TABLE IF NOT EXISTS sources (source String, city String, lateness UInt32, max_ahead UInt32, version UInt64)
ENGINE = MergeTree PARTITION BY version ORDER BY source;

CREATE TABLE IF NOT EXISTS zones (
    city String, beat String, beat_zh String, beat_en String,
    sector String, sector_zh String, sector_en String, version UInt64
) ENGINE = MergeTree PARTITION BY version ORDER BY (city, beat);

CREATE TABLE IF NOT EXISTS codes (city String, code String, node String, version UInt64)
ENGINE = MergeTree PARTITION BY version ORDER BY (city, code);

CREATE TABLE IF NOT EXISTS tree (
    node String, parent String, level UInt8, zh String, en String,
    class String, class_zh String, class_en String, path Array(String), version UInt64
) ENGINE = MergeTree PARTITION BY version ORDER BY node;

CREATE OR REPLACE VIEW source_list AS
SELECT source, city FROM sources
WHERE version IN (SELECT max(version) FROM lists WHERE name = 'sources');

CREATE OR REPLACE VIEW zone_list AS
SELECT city, beat, beat_zh, beat_en, sector, sector_zh, sector_en FROM zones
WHERE version IN (SELECT max(version) FROM lists WHERE name = 'zones');

-- Every local code with its place in the tree; `path` runs from the class to the node.
CREATE OR REPLACE VIEW code_list AS
SELECT city, code AS category, node, zh AS category_zh, en AS category_en, class, class_zh, class_en, path
FROM (
    SELECT city, code, node FROM codes
    WHERE version IN (SELECT max(version) FROM lists WHERE name = 'codes')
) AS l ALL INNER JOIN (
    SELECT node, zh, en, class, class_zh, class_en, path FROM tree
    WHERE version IN (SELECT max(version) FROM lists WHERE name = 'tree')
) AS r USING node;

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

-- Cells and adjustments as one: the sum over any slice of it is the figure. `reason` is empty for cells.
CREATE OR REPLACE VIEW counts AS
SELECT source, pane, type, beat, category, facet, toInt64(records) AS records, count, values, '' AS reason
FROM cells_latest
UNION ALL
SELECT source, pane, type, beat, category, facet, records, count, values, reason
FROM adjustments;

-- Every figure at every level: city, sector, beat, class, node and its path in the tree, with Chinese and English
-- names. What the lists do not know is `unknown`, beside its siblings; the code as it came stays in beat and category.
CREATE OR REPLACE VIEW figures AS
SELECT city, source, pane, type,
    if(sector = '', 'unknown', sector) AS sector, sector_zh, sector_en,
    beat, beat_zh, beat_en, beat_known,
    if(class = '', 'unknown', class) AS class, class_zh, class_en,
    if(node = '', 'unknown', node) AS node, path,
    category, category_zh, category_en,
    facet, records, count, values, reason
FROM (
    SELECT city, source, pane, type, beat, category, facet, records, count, values, reason,
        sector, sector_zh, sector_en, beat_zh, beat_en, sector != '' AS beat_known
    FROM (
        SELECT city, source, pane, type, beat, category, facet, records, count, values, reason
        FROM counts AS l ANY LEFT JOIN (SELECT source, city FROM source_list) AS r USING source
    ) AS l ANY LEFT JOIN (
        SELECT city, beat, beat_zh, beat_en, sector, sector_zh, sector_en FROM zone_list
    ) AS r USING city, beat
) AS l ANY LEFT JOIN (
    SELECT city, category, node, category_zh, category_en, class, class_zh, class_en, path FROM code_list
) AS r USING city, category;

-- Raw rows go after CITYWATCH_KEEP_RAW days; cells, corrections and dead letters stay.
-- since: 20.1
ALTER TABLE events MODIFY TTL received + INTERVAL 400 DAY;

-- since: 20.1
ALTER TABLE event_ids MODIFY TTL received + INTERVAL 400 DAY;

-- since: 20.1
ALTER TABLE event_subjects MODIFY TTL received + INTERVAL 400 DAY;

-- How far the sink has found each partition in balance: verdicts below `read`, each with its rows in the store.
-- `oldest`: the oldest record whose raw row was there then; the epoch where raw rows were not looked at.
CREATE TABLE IF NOT EXISTS audits (
    log String, topic String, partition UInt32, read UInt64,
    counted UInt64, late UInt64, duplicates UInt64, dead UInt64, restating UInt64,
    oldest DateTime('UTC'), checked DateTime('UTC')
) ENGINE = ReplacingMergeTree(checked)
ORDER BY (log, topic, partition, read);
