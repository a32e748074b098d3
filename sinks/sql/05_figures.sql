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
