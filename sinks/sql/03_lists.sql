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
