-- A collection as the first version of the project wrote it (dumped from one).
CREATE TABLE documents (
    id        INTEGER PRIMARY KEY AUTOINCREMENT,
    doc_id    TEXT NOT NULL UNIQUE,
    source    TEXT NOT NULL UNIQUE,
    title     TEXT NOT NULL,
    language  TEXT,
    text      TEXT NOT NULL,
    characters INTEGER NOT NULL,          -- code points of the text
    marks     TEXT NOT NULL,              -- JSON: headings and pages
    checksum  TEXT NOT NULL,              -- SHA-256 of the text
    added     TEXT NOT NULL               -- ISO 8601, UTC
) STRICT;
INSERT INTO "documents" VALUES(1,'port','/d/port.txt','Port','fr','Le port est fermé le lundi.',27,'{"headings": [], "pages": []}','ee5641ee2b05e73d02848b15b8475501daf4c761863b0114f7677032d2189186','2026-11-24T06:00:00+00:00');
CREATE TABLE facts (
    name  TEXT PRIMARY KEY,
    value TEXT NOT NULL
) STRICT;
INSERT INTO "facts" VALUES('schema','1');
INSERT INTO "facts" VALUES('generation','2');
INSERT INTO "facts" VALUES('fingerprint','{"model": "hash", "dimension": "64", "splitter target": "120", "splitter longest": "180", "splitter overlap": "40", "schema": "1"}');
CREATE TABLE passages (
    id        INTEGER PRIMARY KEY AUTOINCREMENT,
    document  INTEGER NOT NULL REFERENCES documents (id) ON DELETE CASCADE,
    number    INTEGER NOT NULL,           -- in the document, from 0
    text      TEXT NOT NULL,              -- the slice of documents.text, kept so that no reader loads the whole
    start     INTEGER NOT NULL,           -- code points into documents.text
    "end"     INTEGER NOT NULL,
    heading   TEXT,
    page      TEXT,
    vector    BLOB NOT NULL,              -- float32, little-endian, of length 1
    UNIQUE (document, number)
) STRICT;
INSERT INTO "passages" VALUES(1,1,0,'Le port est fermé le lundi.',0,27,NULL,NULL,X'53FA9D3953FA9D3953FA9D39345A1A3F53FA9D3953FA9D3953FA9D3953FA9D3953FA9D39F46D9A3EF46D9A3E53FA9D39345A1A3F53FA9D3953FA9D3953FA9D3953FA9D3953FA9D3953FA9D3953FA9D3953FA9D3953FA9D3953FA9D3953FA9D3953FA9D3953FA9D3953FA9D3953FA9D3953FA9D3953FA9D3953FA9D3953FA9D3953FA9D3953FA9D3953FA9D3953FA9D3953FA9D3953FA9D3953FA9D3953FA9D3953FA9D3953FA9D3953FA9D3953FA9D3953FA9D3953FA9D3953FA9D3953FA9D3953FA9D3953FA9D3953FA9D3953FA9D3953FA9D3953FA9D3953FA9D3953FA9D3953FA9D3953FA9D3953FA9D3953FA9D39F46D9A3E53FA9D3953FA9D3953FA9D39');
CREATE INDEX documents_by_checksum ON documents (checksum);
CREATE VIRTUAL TABLE terms USING fts5 (
    context, body, tokenize = "unicode61 remove_diacritics 0 categories 'L* N* Co M*' tokenchars '.'"
);
CREATE VIRTUAL TABLE vocabulary USING fts5vocab (terms, row);
INSERT INTO terms (rowid, context, body) VALUES (1, 'port', 'port ferm lund');
