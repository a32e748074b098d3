-- Families of events. A type has as many dimensions as it declares: the first three stand in beat, category and facet,
-- whatever it calls them, further ones in `further`, which ends with its last code that is not empty. So a dimension
-- that a type gets later changes no row and no cell from before.
-- What types declare is a list like the others: `dims` and `numbers` are names in the order of the columns (`count`
-- first, then `values`), with unit and scale. effect: adds; or moves or cancels what an event of type `restates` with
-- the same (source, subject) has added. coded: the dimension, in `category`, that cities map onto the tree.
CREATE TABLE IF NOT EXISTS types (
    type String, family String, family_zh String, family_en String, topic String,
    effect String, restates String, coded String,
    dims Array(String), numbers Array(String), units Array(String), scales Array(UInt8), version UInt64
) ENGINE = ReplacingMergeTree PARTITION BY version ORDER BY type;

-- As the version before had it in its code, until `migrate` has loaded its own: no view below is ever without a list.
-- Where several migrate at once these rows are there several times, all alike: whoever reads the list takes each once.
INSERT INTO types (type, effect, restates, coded, dims, numbers, version)
SELECT said.1, said.2, said.3, said.4, ['beat', said.4, said.5], ['count'], toUInt64(1)
FROM (
    SELECT arrayJoin([
        ('incident.reported', 'adds', '', 'category', 'origin'),
        ('incident.dispatched', 'adds', '', 'category', 'origin'),
        ('incident.arrived', 'adds', '', 'category', 'origin'),
        ('incident.closed', 'adds', '', 'category', 'origin'),
        ('incident.reclassified', 'moves', 'incident.reported', 'category', 'origin'),
        ('incident.cancelled', 'cancels', 'incident.reported', 'category', 'origin'),
        ('patrol.status', 'adds', '', 'state', 'mode'),
        ('patrol.stop', 'adds', '', 'kind', 'mode')
    ]) AS said
);

INSERT INTO lists (name, version, digest) SELECT 'types', toUInt64(1), '';

CREATE OR REPLACE VIEW type_list AS
SELECT DISTINCT type, family, family_zh, family_en, topic, effect, restates, coded, dims, numbers, units, scales FROM types
WHERE version IN (SELECT max(version) FROM lists WHERE name = 'types');

CREATE OR REPLACE VIEW restating_types AS
SELECT type FROM type_list WHERE effect != 'adds';

ALTER TABLE cells ADD COLUMN IF NOT EXISTS further Array(String) AFTER facet,
    MODIFY ORDER BY (source, type, pane, beat, category, facet, log, topic, partition, further);

ALTER TABLE events ADD COLUMN IF NOT EXISTS further Array(String) AFTER facet;

ALTER TABLE repeated_events ADD COLUMN IF NOT EXISTS further Array(String) AFTER facet;

ALTER TABLE restated_events ADD COLUMN IF NOT EXISTS further Array(String) AFTER facet;

ALTER TABLE corrections ADD COLUMN IF NOT EXISTS further Array(String) AFTER facet;

-- What a re-coding says: the new codes, each in the column of its dimension; and among corrections in `moves` the places
-- of those that it sets (1 is the beat). Rows from before set the category always, and the beat where they name one.
ALTER TABLE events ADD COLUMN IF NOT EXISTS now_facet String AFTER now_beat;

ALTER TABLE events ADD COLUMN IF NOT EXISTS now_further Array(String) AFTER now_facet;

ALTER TABLE repeated_events ADD COLUMN IF NOT EXISTS now_facet String AFTER now_beat;

ALTER TABLE repeated_events ADD COLUMN IF NOT EXISTS now_further Array(String) AFTER now_facet;

ALTER TABLE corrections ADD COLUMN IF NOT EXISTS now_facet String AFTER now_beat;

ALTER TABLE corrections ADD COLUMN IF NOT EXISTS now_further Array(String) AFTER now_facet;

ALTER TABLE corrections ADD COLUMN IF NOT EXISTS moves Array(UInt8) DEFAULT if(type != 'incident.reclassified',
    emptyArrayUInt8(), if(now_beat = '', [toUInt8(2)], [toUInt8(1), toUInt8(2)])) AFTER now_further;

-- The event itself as it was accepted, as JSON: what no column has can still be asked of the past. Empty in rows from
-- before.
ALTER TABLE events ADD COLUMN IF NOT EXISTS payload String AFTER unit;

-- since: 20.1
ALTER TABLE events MODIFY COLUMN payload String CODEC(ZSTD(3));

-- Where each event stands that a restatement may look for. The new view is there before the old one goes: a row that
-- both index is one row.
CREATE MATERIALIZED VIEW IF NOT EXISTS restated_subjects_feed TO event_subjects AS
SELECT cityHash64(source, subject) AS hash, log, topic, partition, offset, received
FROM events
WHERE type IN (
    SELECT restates FROM types WHERE version IN (SELECT max(version) FROM lists WHERE name = 'types') AND restates != ''
);

DROP TABLE IF EXISTS event_subjects_feed;

CREATE OR REPLACE VIEW cells_latest AS
SELECT log, topic, partition, source, pane, type, beat, category, facet, further, version, records, count, values
FROM cells FINAL;

-- The raw rows of every id that stands in several places, as far as they are judged. A dead row is no row. `era`: at
-- each seam of a partition aggregate began anew to know ids, so of each era and pane one row of an id is in a cell.
CREATE OR REPLACE VIEW live_repeats AS
SELECT log, topic, partition, offset, source, id, subject, time,
    toDateTime(intDiv(toUInt32(time), 300) * 300, 'UTC') AS pane, type, beat, category, facet, further, count, values,
    now_category, now_beat, now_facet, now_further, received, arrayCount(x -> x <= offset, ends) AS era
FROM (
    SELECT log, topic, partition, offset, source, id, subject, time, type, beat, category, facet, further, count, values,
        now_category, now_beat, now_facet, now_further, received
    FROM repeated_events FINAL
    WHERE (log, topic, partition, offset) NOT IN (SELECT log, topic, partition, offset FROM dead_letters)
) AS l ALL INNER JOIN (
    SELECT log, topic, partition, read, starts, ends FROM judged_to
) AS r USING log, topic, partition
WHERE offset < read AND NOT arrayExists((x, y) -> (x <= offset) AND (offset < y), starts, ends);

-- The same, with the ones apart that came after their pane had closed: those stand in corrections, not in a cell.
CREATE OR REPLACE VIEW judged_repeats AS
SELECT log, topic, partition, offset, source, id, subject, time, pane, type, beat, category, facet, further, count,
    values, era,
    (log, topic, partition, offset) IN (
        SELECT log, topic, partition, offset FROM corrections WHERE verdict = 'late'
    ) AS late
FROM live_repeats;

-- For people and for the audit: each of these rows with the verdict that aggregate gave. `duplicate` follows a counted
-- row of its partition, id and pane. Only the row that is `first` counts.
CREATE OR REPLACE VIEW repeats AS
SELECT log, topic, partition, offset, source, id, subject, time, pane, type, beat, category, facet, further, count,
    values,
    multiIf(late, 'late', offset > counted_offset, 'duplicate', 'counted') AS verdict,
    (log = first_log) AND (partition = first_partition) AND (offset = first_offset) AS first
FROM (
    SELECT log, topic, partition, offset, source, id, subject, time, pane, type, beat, category, facet, further, count,
        values, late, counted_offset
    FROM judged_repeats AS l ANY LEFT JOIN (
        SELECT log, topic, partition, source, id, pane, era, min(offset) AS counted_offset
        FROM judged_repeats WHERE NOT late
        GROUP BY log, topic, partition, source, id, pane, era
    ) AS r USING log, topic, partition, source, id, pane, era
) AS l ANY LEFT JOIN (
    SELECT source, id, first_log, first_partition, first_offset FROM first_rows
) AS r USING source, id;

-- Raw rows that a restatement names: judged, and not dead.
CREATE OR REPLACE VIEW live_reports AS
SELECT log, topic, partition, offset, source, id, subject, time, type, beat, category, facet, further, count, values
FROM (
    SELECT log, topic, partition, offset, source, id, subject, time, type, beat, category, facet, further, count, values
    FROM restated_events FINAL
    WHERE (log, topic, partition, offset) NOT IN (SELECT log, topic, partition, offset FROM dead_letters)
) AS l ALL INNER JOIN (
    SELECT log, topic, partition, read, starts, ends FROM judged_to
) AS r USING log, topic, partition
WHERE offset < read AND NOT arrayExists((x, y) -> (x <= offset) AND (offset < y), starts, ends);

-- Accepted restatements, each with the type that it restates.
CREATE OR REPLACE VIEW restatements AS
SELECT log, topic, partition, offset, source, id, subject, time, type, now_category, now_beat, now_facet, now_further,
    moves, reported_at, restates
FROM (
    SELECT log, topic, partition, offset, source, id, subject, time, type, now_category, now_beat, now_facet,
        now_further, moves, reported_at
    FROM corrections FINAL
    WHERE type IN (SELECT type FROM restating_types)
) AS l ALL INNER JOIN (
    SELECT type, restates FROM type_list
) AS r USING type;

-- Restatements, and the rows that they name, as far as their id counts there: it stands nowhere else, or this is its
-- first row. A row that is named comes twice: as it is taken from where it stands (sign -1), and as it is put where it
-- is now (1); a restatement itself has sign 0.
CREATE OR REPLACE VIEW first_of_restated AS
SELECT log, topic, partition, offset, source, id, subject, time, type, restates, beat, category, facet, further, count,
    values, now_category, now_beat, now_facet, now_further, moves, reported_at, sign
FROM (
    SELECT log, topic, partition, offset, source, id, subject, time, type, restates, '' AS beat, '' AS category,
        '' AS facet, emptyArrayString() AS further, toInt64(0) AS count, emptyArrayInt64() AS values,
        now_category, now_beat, now_facet, now_further, moves, reported_at, toInt64(0) AS sign
    FROM restatements
    UNION ALL
    SELECT log, topic, partition, offset, source, id, subject, time, type, type AS restates, beat, category, facet,
        further, count, values, '' AS now_category, '' AS now_beat, '' AS now_facet, emptyArrayString() AS now_further,
        emptyArrayUInt8() AS moves, toDateTime(0, 'UTC') AS reported_at,
        arrayJoin([toInt64(-1), toInt64(1)]) AS sign
    FROM live_reports
) AS l ANY LEFT JOIN (
    SELECT source, id, first_log, first_partition, first_offset FROM first_rows
) AS r USING source, id
WHERE first_log = '' OR (log = first_log AND partition = first_partition AND offset = first_offset);

-- By (source, subject, restated type) the restatement that rules, the greatest (time, id), with the rows that it names.
-- One that has none of them has an empty `log`.
CREATE OR REPLACE VIEW rulings AS
SELECT named.1 AS log, named.2 AS topic, named.3 AS partition, named.4 AS offset, source, named.5 AS id, subject,
    toDateTime(intDiv(toUInt32(named.6), 300) * 300, 'UTC') AS pane, named.7 AS type, named.8 AS beat,
    named.9 AS category, named.10 AS facet, named.11 AS further, named.12 AS count, named.13 AS values,
    named.14 AS sign, ruling.1 AS restated_at, ruling.2 AS restating_id, ruling.3 AS restated_by,
    ruling.4 AS now_category, ruling.5 AS now_beat, ruling.6 AS now_facet, ruling.7 AS now_further, ruling.8 AS moves,
    ruling.9 AS reported_at
FROM (
    SELECT source, subject, restates,
        maxIf((time, id, type, now_category, now_beat, now_facet, now_further, moves, reported_at), sign = 0) AS ruling,
        groupArrayIf((log, topic, partition, offset, id, time, type, beat, category, facet, further, count, values,
            sign), sign != 0) AS all_named
    FROM first_of_restated
    GROUP BY source, subject, restates
    HAVING min(abs(sign)) = 0
)
LEFT ARRAY JOIN all_named AS named;

-- Raw rows that a restatement moves or takes away. `cancels`: it counts nowhere any more; else the columns `to_*` are
-- the codes that it counts under now.
CREATE OR REPLACE VIEW restated AS
SELECT log, topic, partition, offset, source, id, subject, pane, type, beat, category, facet, further, count, values,
    restated_by, now_category, now_beat,
    restated_by IN (SELECT type FROM type_list WHERE effect = 'cancels') AS cancels,
    if(has(moves, toUInt8(1)), now_beat, beat) AS to_beat,
    if(has(moves, toUInt8(2)), now_category, category) AS to_category,
    if(has(moves, toUInt8(3)), now_facet, facet) AS to_facet,
    -- an old server does not see that a column is needed where only a lambda names it
    if(empty(moves), further, arrayMap(place ->
        if(has(moves, toUInt8(place + 3)), arrayElement(now_further, place), arrayElement(further, place)),
        arrayEnumerate(arrayResize(further, greatest(length(further), length(now_further)))))) AS to_all,
    arrayFirstIndex(code -> code != '', arrayReverse(to_all)) AS to_last,
    arraySlice(to_all, 1, if(to_last = 0, 0, length(to_all) - to_last + 1)) AS to_further
FROM rulings
WHERE sign < 0;

-- Restatements whose subject is not there (yet): they move nothing.
CREATE OR REPLACE VIEW unmatched AS
SELECT source, subject, restated_at AS time, restating_id AS id, restated_by AS type, now_category, now_beat, reported_at
FROM rulings
WHERE log = '';

-- What figures need beside the cells, signed: a late row that is first +1, a counted row that is not first -1,
-- a restated row -1 where it stands and +1 where it is now.
CREATE OR REPLACE VIEW adjustments AS
SELECT source, toDateTime(intDiv(toUInt32(time), 300) * 300, 'UTC') AS pane, type, beat, category, facet, further,
    toInt64(1) AS records, count, values, 'late' AS reason
FROM corrections FINAL
WHERE verdict = 'late' AND type NOT IN (SELECT type FROM restating_types)
    AND (source, id) NOT IN (SELECT source, id FROM repeated_ids)
UNION ALL
SELECT source, lowest.4 AS pane, lowest.5 AS type, lowest.6 AS beat, lowest.7 AS category, lowest.8 AS facet,
    lowest.9 AS further, if(lowest.12, toInt64(1), toInt64(-1)) AS records, records * lowest.10 AS count,
    arrayMap(x -> records * x, lowest.11) AS values, if(lowest.12, 'late', 'repeat') AS reason
FROM (
    -- of each partition, pane and era of an id at most one row stands in a cell: the lowest that is not late
    SELECT source, id, min(lowest_place) AS first_place,
        groupArray((log, partition, lowest_offset, pane, row_type, row_beat, row_category, row_facet, row_further,
            row_count, row_values, late)) AS lowest_rows
    FROM (
        SELECT log, topic, partition, source, id, pane, era, late,
            min((log, partition, offset)) AS lowest_place, min(offset) AS lowest_offset,
            argMin(type, offset) AS row_type, argMin(beat, offset) AS row_beat,
            argMin(category, offset) AS row_category, argMin(facet, offset) AS row_facet,
            argMin(further, offset) AS row_further,
            argMin(count, offset) AS row_count, argMin(values, offset) AS row_values
        FROM judged_repeats
        GROUP BY log, topic, partition, source, id, pane, era, late
    )
    GROUP BY source, id
)
ARRAY JOIN lowest_rows AS lowest
WHERE lowest.12 = ((lowest.1, lowest.2, lowest.3) = first_place)
    AND lowest.5 NOT IN (SELECT type FROM restating_types)
UNION ALL
SELECT source, pane, type, beat, category, facet, further, toInt64(-1) AS records, -row_count AS count,
    arrayMap(x -> -x, row_values) AS values, 'restated' AS reason
FROM (
    SELECT source, pane, type, beat, category, facet, further, count AS row_count, values AS row_values FROM restated
)
UNION ALL
SELECT source, pane, type, to_beat AS beat, to_category AS category, to_facet AS facet, to_further AS further,
    toInt64(1) AS records, count, values, 'restated' AS reason
FROM restated
WHERE NOT cancels;

-- Cells and adjustments as one: the sum over any slice of it is the figure. `reason` is empty for cells.
CREATE OR REPLACE VIEW counts AS
SELECT source, pane, type, beat, category, facet, further, toInt64(records) AS records, count, values, '' AS reason
FROM cells_latest
UNION ALL
SELECT source, pane, type, beat, category, facet, further, records, count, values, reason
FROM adjustments;

-- Every figure at every level: city, sector, beat, class, node and its path in the tree, with Chinese and English
-- names. What the lists do not know is `unknown`, beside its siblings; the code as it came stays in beat and category.
-- `dims` are all codes, `dim_names` what the type calls them; `number_names` are the names of `values`.
CREATE OR REPLACE VIEW figures AS
SELECT city, source, pane, type,
    if(sector = '', 'unknown', sector) AS sector, sector_zh, sector_en,
    beat, beat_zh, beat_en, beat_known,
    if(is_coded, class_of_code, 'unknown') AS class, if(is_coded, class_zh_of_code, '') AS class_zh,
    if(is_coded, class_en_of_code, '') AS class_en,
    if(is_coded, node_of_code, 'unknown') AS node, if(is_coded, path_of_code, emptyArrayString()) AS path,
    category, if(is_coded, category_zh_of_code, '') AS category_zh, if(is_coded, category_en_of_code, '') AS category_en,
    facet, further, records, count, values, reason,
    arrayElement((SELECT groupArray(dims) FROM (SELECT type, dims FROM type_list ORDER BY type)),
        indexOf((SELECT groupArray(type) FROM (SELECT type FROM type_list ORDER BY type)), type)) AS dim_names,
    arrayResize(arrayConcat([beat, category, facet], further), length(dim_names)) AS dims,
    arrayElement((SELECT groupArray(arraySlice(numbers, 2)) FROM (SELECT type, numbers FROM type_list ORDER BY type)),
        indexOf((SELECT groupArray(type) FROM (SELECT type FROM type_list ORDER BY type)), type)) AS number_names
FROM (
    SELECT city, source, pane, type, beat, category, facet, further, records, count, values, reason,
        sector, sector_zh, sector_en, beat_zh, beat_en, beat_known,
        type IN (SELECT type FROM type_list WHERE coded != '') AND node_of_code != '' AS is_coded,
        node_of_code, category_zh_of_code, category_en_of_code, class_of_code, class_zh_of_code, class_en_of_code,
        path_of_code
    FROM (
        SELECT city, source, pane, type, beat, category, facet, further, records, count, values, reason,
            sector, sector_zh, sector_en, beat_zh, beat_en, sector != '' AS beat_known
        FROM (
            SELECT city, source, pane, type, beat, category, facet, further, records, count, values, reason
            FROM counts AS l ANY LEFT JOIN (SELECT source, city FROM source_list) AS r USING source
        ) AS l ANY LEFT JOIN (
            SELECT city, beat, beat_zh, beat_en, sector, sector_zh, sector_en FROM zone_list
        ) AS r USING city, beat
    ) AS l ANY LEFT JOIN (
        SELECT city, category, node AS node_of_code, category_zh AS category_zh_of_code,
            category_en AS category_en_of_code, class AS class_of_code, class_zh AS class_zh_of_code,
            class_en AS class_en_of_code, path AS path_of_code
        FROM code_list
    ) AS r USING city, category
);

-- Ids whose raw rows are not all alike, whatever became of these rows: few, so that `conflicts` looks at few.
CREATE OR REPLACE VIEW differing_ids AS
SELECT source, id
FROM repeated_events
GROUP BY source, id
HAVING uniqUpTo(1)(subject, time, type, beat, category, facet, further, count, values, now_category, now_beat,
    now_facet, now_further) > 1;

-- Their rows as far as they are judged: what each says, as text, in the order of the names in `conflicts`.
CREATE OR REPLACE VIEW differing_rows AS
SELECT source, id, log, topic, partition, offset, received,
    [toString(time), beat, category, toString(count), type, facet, subject, toString(values), now_category, now_beat,
        toString(further), now_facet, toString(now_further)]
        AS said
FROM live_repeats
WHERE (source, id) IN (SELECT source, id FROM differing_ids);

-- Ids that came again with other content, and count once. (log, topic, partition, offset): the row that counts. Of each
-- field that differs, `counted` is what that row says, `other` what the first row says that differs in it; the first
-- row that differs in any is at `other_offset`. `times`: how often the id came, `others` of them with other content.
CREATE OR REPLACE VIEW conflicts AS
SELECT source, id, any(number) AS times, sum(rows) AS others, max(came) AS last_came,
    any(counted_at).1 AS log, any(counted_at).4 AS topic, any(counted_at).2 AS partition, any(counted_at).3 AS offset,
    min(other_at).1 AS other_log, min(other_at).4 AS other_topic, min(other_at).2 AS other_partition,
    min(other_at).3 AS other_offset,
    arraySort((x, y) -> y, groupArray(field), groupArray(nth)) AS fields,
    arraySort((x, y) -> y, groupArray(counted_text), groupArray(nth)) AS counted,
    arraySort((x, y) -> y, groupArray(other_text), groupArray(nth)) AS other
FROM (
    SELECT source, id, nth, field, any(repeated) AS number, any(lowest) AS counted_at, any(counts) AS counted_text,
        min((log, partition, offset, topic)) AS other_at, argMin(says, (log, partition, offset)) AS other_text,
        max(received) AS came, sum(nth = first_nth) AS rows
    FROM (
        SELECT source, id, log, topic, partition, offset, received, said, counted_said, lowest, repeated,
            arrayFirstIndex((x, y) -> x != y, said, counted_said) AS first_nth
        FROM differing_rows AS l ANY LEFT JOIN (
            SELECT source, id, count() AS repeated, min((log, partition, offset, topic)) AS lowest,
                argMin(said, (log, partition, offset)) AS counted_said
            FROM differing_rows
            GROUP BY source, id
        ) AS r USING source, id
        WHERE said != counted_said
    )
    ARRAY JOIN said AS says, counted_said AS counts, arrayEnumerate(said) AS nth,
        ['time', 'beat', 'category', 'count', 'type', 'facet', 'subject', 'values', 'now_category', 'now_beat',
            'further', 'now_facet', 'now_further'] AS field
    WHERE says != counts
    GROUP BY source, id, nth, field
)
GROUP BY source, id;
