-- Views that cost a question over the figures half of what they cost in 20_families, and say the same: the list of types
-- is read once in each, and an event that a restatement moves is looked up once for both of its signs.

-- Accepted restatements, each with its effect and the type that it restates.
CREATE OR REPLACE VIEW restatements AS
SELECT log, topic, partition, offset, source, id, subject, time, type, now_category, now_beat, now_facet, now_further,
    moves, reported_at, effect, restates
FROM (
    SELECT log, topic, partition, offset, source, id, subject, time, type, now_category, now_beat, now_facet,
        now_further, moves, reported_at
    FROM corrections FINAL
) AS l ALL INNER JOIN (
    SELECT type, effect, restates FROM type_list WHERE effect != 'adds'
) AS r USING type;

-- Restatements, and the rows that they name, as far as their id counts there: it stands nowhere else, or this is its
-- first row. A row that is named comes twice: as it is taken from where it stands (sign -1), and as it is put where it
-- is now (1); a restatement itself has sign 0.
CREATE OR REPLACE VIEW first_of_restated AS
SELECT log, topic, partition, offset, source, id, subject, time, type, effect, restates, beat, category, facet, further,
    count, values, now_category, now_beat, now_facet, now_further, moves, reported_at, sign
FROM (
    SELECT log, topic, partition, offset, source, id, subject, time, type, effect, restates, '' AS beat, '' AS category,
        '' AS facet, emptyArrayString() AS further, toInt64(0) AS count, emptyArrayInt64() AS values,
        now_category, now_beat, now_facet, now_further, moves, reported_at, toInt64(0) AS sign
    FROM restatements
    UNION ALL
    SELECT log, topic, partition, offset, source, id, subject, time, type, 'adds' AS effect, type AS restates, beat,
        category, facet, further, count, values, '' AS now_category, '' AS now_beat, '' AS now_facet,
        emptyArrayString() AS now_further, emptyArrayUInt8() AS moves, toDateTime(0, 'UTC') AS reported_at,
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
    ruling.9 AS reported_at, ruling.10 = 'cancels' AS cancels
FROM (
    SELECT source, subject, restates,
        maxIf((time, id, type, now_category, now_beat, now_facet, now_further, moves, reported_at, effect), sign = 0)
            AS ruling,
        groupArrayIf((log, topic, partition, offset, id, time, type, beat, category, facet, further, count, values,
            sign), sign != 0) AS all_named
    FROM first_of_restated
    GROUP BY source, subject, restates
    HAVING min(abs(sign)) = 0
)
LEFT ARRAY JOIN all_named AS named;

-- Raw rows that a restatement moves or takes away, each for both of its signs. `cancels`: it counts nowhere any more;
-- else the columns `to_*` are the codes that it counts under now.
CREATE OR REPLACE VIEW signed_restated AS
SELECT log, topic, partition, offset, source, id, subject, pane, type, beat, category, facet, further, count, values,
    sign, restated_by, now_category, now_beat, cancels,
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
WHERE sign != 0;

-- The same, each once.
CREATE OR REPLACE VIEW restated AS
SELECT log, topic, partition, offset, source, id, subject, pane, type, beat, category, facet, further, count, values,
    restated_by, now_category, now_beat, cancels, to_beat, to_category, to_facet, to_further
FROM signed_restated
WHERE sign < 0;

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
SELECT source, pane, type, if(sign < 0, row_beat, to_beat) AS beat, if(sign < 0, row_category, to_category) AS category,
    if(sign < 0, row_facet, to_facet) AS facet, if(sign < 0, row_further, to_further) AS further,
    sign AS records, sign * row_count AS count, if(sign < 0, arrayMap(x -> -x, row_values), row_values) AS values,
    'restated' AS reason
FROM (
    SELECT source, pane, type, beat AS row_beat, category AS row_category, facet AS row_facet, further AS row_further,
        count AS row_count, values AS row_values, sign, to_beat, to_category, to_facet, to_further
    FROM signed_restated
    WHERE sign < 0 OR NOT cancels
);

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
    arrayElement(declared_dims, nth_type) AS dim_names,
    arrayResize(arrayConcat([beat, category, facet], further), length(dim_names)) AS dims,
    arrayElement(declared_numbers, nth_type) AS number_names
FROM (
    SELECT city, source, pane, type, beat, category, facet, further, records, count, values, reason,
        sector, sector_zh, sector_en, beat_zh, beat_en, beat_known,
        type IN (SELECT type FROM type_list WHERE coded != '') AND node_of_code != '' AS is_coded,
        node_of_code, category_zh_of_code, category_en_of_code, class_of_code, class_zh_of_code, class_en_of_code,
        path_of_code,
        -- asked once for each question, not for each of the columns that it gives; each column has a name of its own,
        -- for an old server writes an element of an element down in a way that it cannot read when it starts again
        (
            SELECT groupArray(type), groupArray(dims), groupArray(arraySlice(numbers, 2))
            FROM (SELECT type, dims, numbers FROM type_list ORDER BY type)
        ) AS declared,
        tupleElement(declared, 2) AS declared_dims, tupleElement(declared, 3) AS declared_numbers,
        indexOf(tupleElement(declared, 1), type) AS nth_type
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
