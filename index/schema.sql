-- The truth of a collection, version 2. Everything else (FAISS, caches) is derived from it.
-- Seals are CRC-32s (index/rows.py): what a disk has damaged is refused, not shown.
CREATE TABLE IF NOT EXISTS facts (                      -- schema, generation, fingerprint, passages (their count)
    name  TEXT PRIMARY KEY,
    value TEXT NOT NULL
) STRICT;

CREATE TABLE IF NOT EXISTS documents (
    id        INTEGER PRIMARY KEY AUTOINCREMENT,
    doc_id    TEXT NOT NULL UNIQUE,
    source    TEXT NOT NULL UNIQUE,
    title     TEXT NOT NULL,
    language  TEXT,
    text      TEXT NOT NULL,
    characters INTEGER NOT NULL,          -- code points of the text
    marks     TEXT NOT NULL,              -- JSON: headings and pages
    checksum  TEXT NOT NULL,              -- SHA-256 of the text
    added     TEXT NOT NULL,              -- ISO 8601, UTC
    seal      INTEGER NOT NULL            -- of all other columns but id and text
) STRICT;
CREATE INDEX IF NOT EXISTS documents_by_checksum ON documents (checksum);

CREATE TABLE IF NOT EXISTS passages (
    id        INTEGER PRIMARY KEY AUTOINCREMENT,
    document  INTEGER NOT NULL REFERENCES documents (id) ON DELETE CASCADE,
    number    INTEGER NOT NULL,           -- in the document, from 0
    text      TEXT NOT NULL,              -- the slice of documents.text, kept so that no reader loads the whole
    start     INTEGER NOT NULL,           -- code points into documents.text
    "end"     INTEGER NOT NULL,
    heading   TEXT,
    page      TEXT,
    seal      INTEGER NOT NULL,           -- of the Passage these columns and its document make
    UNIQUE (document, number)
) STRICT;

CREATE TABLE IF NOT EXISTS vectors (                    -- apart from the texts, so that all are read in a fraction of a second
    passage   INTEGER PRIMARY KEY REFERENCES passages (id) ON DELETE CASCADE,
    vector    BLOB NOT NULL,              -- float32, little-endian, of length 1
    seal      INTEGER NOT NULL            -- of the vector
) STRICT;

CREATE TABLE IF NOT EXISTS files (                      -- files that were read to their end, so that they can be skipped
    source    TEXT PRIMARY KEY,
    checksum  TEXT NOT NULL,              -- SHA-256 of the bytes and of how they were read
    documents TEXT NOT NULL               -- JSON: the sources of the documents in it
) STRICT;

-- BM25 over analysed terms (index/lexical.py), under the ids of `passages`. In the same transactions,
-- so it can't drift apart. The tokenizer only cuts at the spaces between terms.
CREATE VIRTUAL TABLE IF NOT EXISTS terms USING fts5 (
    context, body, tokenize = "unicode61 remove_diacritics 0 categories 'L* N* Co M*' tokenchars '.'"
);
CREATE VIRTUAL TABLE IF NOT EXISTS vocabulary USING fts5vocab (terms, row);
