-- Figures as they were published: what was asked (`query`), up to when events counted, and the answer, both as JSON. A
-- name that is published again is another row: `said`, in microseconds, tells its revisions apart. Nothing is replaced.
CREATE TABLE IF NOT EXISTS published_figures (
    name String, said UInt64, known_at DateTime('UTC'), measure String, city String, query String, answer String
) ENGINE = MergeTree PARTITION BY tuple()
ORDER BY (name, said);
