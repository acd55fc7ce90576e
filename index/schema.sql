-- The truth of a collection. Everything else (FAISS, caches) is derived from it.
CREATE TABLE facts (
    name  TEXT PRIMARY KEY,
    value TEXT NOT NULL
) STRICT;

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
CREATE INDEX documents_by_checksum ON documents (checksum);

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

-- BM25 over analysed terms (index/lexical.py), under the ids of `passages`. In the same transactions,
-- so it can't drift apart. The tokenizer only cuts at the spaces between terms.
CREATE VIRTUAL TABLE terms USING fts5 (
    context, body, tokenize = "unicode61 remove_diacritics 0 categories 'L* N* Co M*' tokenchars '.'"
);
CREATE VIRTUAL TABLE vocabulary USING fts5vocab (terms, row);
