-- Ids whose raw rows are not all alike, whatever became of these rows: few, so that `conflicts` looks at few.
CREATE OR REPLACE VIEW differing_ids AS
SELECT source, id
FROM repeated_events
GROUP BY source, id
HAVING uniqUpTo(1)(subject, time, type, beat, category, facet, count, values, now_category, now_beat) > 1;

-- Their rows as far as they are judged: what each says, as text, in the order of the names in `conflicts`.
CREATE OR REPLACE VIEW differing_rows AS
SELECT source, id, log, topic, partition, offset, received,
    [toString(time), beat, category, toString(count), type, facet, subject, toString(values), now_category, now_beat]
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
        ['time', 'beat', 'category', 'count', 'type', 'facet', 'subject', 'values', 'now_category', 'now_beat'] AS field
    WHERE says != counts
    GROUP BY source, id, nth, field
)
GROUP BY source, id;
