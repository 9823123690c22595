"""How a snapshot's lines become its Parquet files, in SQL: everything that has a name gets a number first."""

NUMBERED = """
CREATE TEMP TABLE numbered_items AS SELECT (row_number() OVER (ORDER BY sha256) - 1)::INTEGER AS n, * FROM item_lines;
CREATE TEMP TABLE clustered AS
  SELECT unnest(members) AS n, list_min(members) AS cluster, members[1] AS first FROM (
    SELECT list(i.n ORDER BY i.first_seen, i.n) AS members FROM cluster_lines c JOIN numbered_items i USING (sha256)
    GROUP BY c.cluster);
CREATE TEMP TABLE numbered_grades AS
  SELECT was, (row_number() OVER (ORDER BY digest) - 1)::INTEGER AS grade FROM grade_lines;
CREATE TEMP TABLE numbered_reports AS
  SELECT report AS name, (row_number() OVER (ORDER BY received_at, report) - 1)::INTEGER AS report FROM report_lines;
CREATE TEMP TABLE placed AS
  SELECT i.n, i.first_seen, g.grade, s.* EXCLUDE (sha256, report), r.report FROM sighting_lines s
  JOIN numbered_items i USING (sha256) JOIN numbered_grades g USING (was)
  LEFT JOIN numbered_reports r ON r.name = s.report;
CREATE TEMP TABLE numbered_urls AS
  SELECT url AS name, (row_number() OVER (ORDER BY min(n), min(seen_at), url) - 1)::INTEGER AS url FROM placed
  GROUP BY placed.url;
CREATE TEMP TABLE numbered_hosts AS
  SELECT host AS name, (row_number() OVER (ORDER BY min(n), min(seen_at), host) - 1)::INTEGER AS host FROM placed
  WHERE placed.host IS NOT NULL GROUP BY placed.host;
CREATE TEMP TABLE hosted AS
  SELECT coalesce(c.cluster, p.n) AS cluster, p.n, p.host FROM placed p LEFT JOIN clustered c USING (n)
  WHERE p.host IS NOT NULL;
CREATE TEMP TABLE read_items AS
  SELECT i.n, r.* EXCLUDE (sha256) FROM reading_lines r JOIN numbered_items i USING (sha256);
CREATE TEMP TABLE numbered_readers AS
  SELECT reader AS name, (row_number() OVER (ORDER BY min(n), min("at"), reader) - 1)::INTEGER AS reader FROM read_items
  GROUP BY read_items.reader;
CREATE TEMP TABLE settled AS
  SELECT i.n, min(s."at") AS "at" FROM settlement_lines s JOIN numbered_items i USING (sha256) GROUP BY i.n;
CREATE TEMP TABLE coded AS
  SELECT i.n, c.* EXCLUDE (sha256), max(c."at") OVER (PARTITION BY i.n, c.study, c.coder) AS last
  FROM coding_lines c JOIN numbered_items i USING (sha256);
CREATE TEMP TABLE numbered_coders AS
  SELECT coder AS name, (row_number() OVER (ORDER BY min(n), min("at"), coder) - 1)::INTEGER AS coder FROM coded
  GROUP BY coded.coder;
"""
# What all sightings of an item say together: where it was seen, on how many hosts, and whether away from its original
# upload. A cluster has the number of its first item; of its items one is the first seen.
QUERIES = {
    "media": """
      SELECT i.n, unhex(i.sha256) AS sha256, i.kind, i.known, i.first_seen, g.grade, s.site_type, s.site_type_away,
        s.redistributed, h.hosts, coalesce(k.cluster, i.n) AS cluster,
        coalesce(k.first = i.n, true) AS first_of_cluster, c.hosts AS cluster_hosts, t.n IS NOT NULL AS settled
      FROM numbered_items i JOIN numbered_grades g USING (was) LEFT JOIN (
        SELECT n, list_sort(list(DISTINCT site_type) FILTER (site_type IS NOT NULL)) AS site_type,
          list_sort(list(DISTINCT site_type) FILTER (site_type IS NOT NULL AND NOT original_upload)) AS site_type_away,
          CASE WHEN bool_or(NOT original_upload) THEN 'yes'
            WHEN bool_and(coalesce(original_upload, false)) THEN 'no' END AS redistributed
        FROM placed GROUP BY n) s USING (n) LEFT JOIN clustered k ON k.n = i.n
      LEFT JOIN (SELECT n, count(DISTINCT host)::INTEGER AS hosts FROM hosted GROUP BY n) h ON h.n = i.n
      LEFT JOIN (SELECT cluster, count(DISTINCT host)::INTEGER AS hosts FROM hosted GROUP BY cluster) c
        ON c.cluster = coalesce(k.cluster, i.n)
      LEFT JOIN settled t ON t.n = i.n ORDER BY i.n""",
    "grades": """
      SELECT g.grade, l.* EXCLUDE (was, digest) FROM grade_lines l JOIN numbered_grades g USING (was) ORDER BY 1""",
    "children": """
      SELECT g.grade, l.* EXCLUDE (was) FROM child_lines l JOIN numbered_grades g USING (was) ORDER BY 1, l."row" """,
    "sightings": """
      SELECT u.url, p.n, p.grade, p.first_seen, p.report, p.seen_at, p.site_type, p.original_upload, h.host
      FROM placed p
      JOIN numbered_urls u ON u.name = p.url LEFT JOIN numbered_hosts h ON h.name = p.host ORDER BY ALL""",
    "hosts": "SELECT h.host, l.name FROM host_lines l JOIN numbered_hosts h ON h.name = l.host ORDER BY 1",
    "reports": """
      SELECT n.report, l.source, l.received_at, l.outcome, l.duplicate FROM report_lines l
      JOIN numbered_reports n ON n.name = l.report ORDER BY 1""",
    "readings": """
      SELECT r.n, p.reader, r."at", r.seconds_visible, g.grade, coalesce(r."at" >= s."at", false) AS after_settlement,
        EXISTS (SELECT 1 FROM read_items o WHERE o.n = r.n AND o.reader = r.reader AND o.supersedes = r."at")
          AS corrected
      FROM read_items r JOIN numbered_readers p ON p.name = r.reader JOIN numbered_grades g USING (was)
      LEFT JOIN settled s USING (n) ORDER BY ALL""",
    "codings": """
      SELECT c.n, c.study, p.coder, c."at", c.question, c.answer FROM coded c JOIN numbered_coders p ON p.name = c.coder
      WHERE c."at" = c.last ORDER BY ALL""",
}
CONTRADICTIONS = {
    "two items have one SHA-256": "SELECT sha256 FROM item_lines GROUP BY sha256 HAVING count(*) > 1",
    "two reports have one number": "SELECT report FROM report_lines GROUP BY report HAVING count(*) > 1",
    "an item is in two clusters": "SELECT sha256 FROM cluster_lines GROUP BY sha256 HAVING count(*) > 1",
    "a child is described twice": 'SELECT was FROM child_lines GROUP BY was, "row" HAVING count(*) > 1',
}
# A station holds no record of an item that it does not hold; one that came while the items were read can be met here.
LEFT_OVER = {
    "sightings are": "SELECT (SELECT count(*) FROM sighting_lines) - (SELECT count(*) FROM placed)",
    "readings are": "SELECT (SELECT count(*) FROM reading_lines) - (SELECT count(*) FROM read_items)",
    "codings are": "SELECT (SELECT count(*) FROM coding_lines) - (SELECT count(*) FROM coded)",
    "settlements are": "SELECT count(*) FROM settlement_lines ANTI JOIN numbered_items USING (sha256)",
}
