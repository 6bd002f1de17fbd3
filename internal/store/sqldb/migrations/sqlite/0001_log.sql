-- +goose Up
-- Tables named log_* are truth: rows are added, never changed. Only the erasure
-- of a part or of a file key takes bytes away, and says so in log_erased.
-- Times are microseconds since the epoch, UTC. Hashes are 32 octets.
-- WITHOUT ROWID where rows come in the order of their key or are small: an append
-- then touches one page less for each table.

CREATE TABLE log_journal (
    journal   INTEGER PRIMARY KEY,
    origin    TEXT    NOT NULL UNIQUE,
    agreement BLOB    NOT NULL,             -- hash of the founding text
    party     TEXT    NOT NULL,             -- who writes it
    role      TEXT    NOT NULL CHECK (role IN ('ours', 'theirs', 'archived')),
    min_index BIGINT  NOT NULL DEFAULT 0,   -- the first index that this copy holds
    opened_at BIGINT  NOT NULL
);

CREATE TABLE log_entry (
    journal   BIGINT NOT NULL REFERENCES log_journal (journal),
    idx       BIGINT NOT NULL,
    id        BLOB,                         -- SHA-256 of the note's text; NULL where the bytes are no entry
    author    TEXT,                         -- the body in `from`
    nonce     BLOB,
    part      BLOB,                         -- hash of the sealed or clear part
    owed      BIGINT NOT NULL DEFAULT 0,    -- 1: this node must hold the part before it cosigns
    stored_at BIGINT NOT NULL,
    raw       BLOB   NOT NULL,              -- the leaf, byte for byte
    PRIMARY KEY (journal, idx)
);
-- With journal and idx behind it, a lookup in one journal never walks that journal.
CREATE INDEX log_entry_id    ON log_entry (id, journal, idx);
CREATE INDEX log_entry_nonce ON log_entry (nonce, journal, idx);
CREATE INDEX log_entry_part  ON log_entry (part, journal, idx);

-- The nodes of each tree. place = tier << 56 | tlog.StoredHashIndex(level % 8, n) for
-- the node n of a level, tier = level / 8: a proof then reads a few pages, however
-- large the tree is (golang.org/x/mod/sumdb/tlog; hash.go).
CREATE TABLE log_hash (
    journal BIGINT NOT NULL,
    place   BIGINT NOT NULL,
    hash    BLOB   NOT NULL,
    PRIMARY KEY (journal, place)
) WITHOUT ROWID;

-- Ours: every checkpoint that we signed. Theirs: every one that we cosigned.
CREATE TABLE log_checkpoint (
    journal   BIGINT NOT NULL REFERENCES log_journal (journal),
    size      BIGINT NOT NULL,
    root      BLOB   NOT NULL,
    note      BLOB   NOT NULL,              -- text and the log's own lines
    stored_at BIGINT NOT NULL,
    PRIMARY KEY (journal, size)
) WITHOUT ROWID;

CREATE TABLE log_cosignature (
    journal   BIGINT NOT NULL,
    size      BIGINT NOT NULL,
    cosigner  TEXT   NOT NULL,
    key_id    BIGINT NOT NULL,
    signed_at BIGINT NOT NULL,              -- the stamp inside the signature
    stored_at BIGINT NOT NULL,
    line      TEXT   NOT NULL,              -- one note signature line with its newline
    PRIMARY KEY (journal, size, cosigner, key_id),
    FOREIGN KEY (journal, size) REFERENCES log_checkpoint (journal, size)
) WITHOUT ROWID;
CREATE INDEX log_cosignature_of ON log_cosignature (journal, cosigner, key_id, size);

CREATE TABLE log_part (
    journal   BIGINT NOT NULL REFERENCES log_journal (journal),
    hash      BLOB   NOT NULL,
    stored_at BIGINT NOT NULL,
    bytes     BLOB   NOT NULL,
    PRIMARY KEY (journal, hash)
);

CREATE TABLE log_facts (
    journal BIGINT NOT NULL,
    idx     BIGINT NOT NULL,
    facts   BLOB   NOT NULL,
    PRIMARY KEY (journal, idx)
) WITHOUT ROWID;

CREATE TABLE log_filekey (
    journal BIGINT NOT NULL,
    idx     BIGINT NOT NULL,
    wrapped BLOB   NOT NULL,                -- never the bare key
    PRIMARY KEY (journal, idx)
) WITHOUT ROWID;

CREATE TABLE log_gone (
    journal   BIGINT NOT NULL REFERENCES log_journal (journal),
    part      BLOB   NOT NULL,
    idx       BIGINT NOT NULL,              -- the author's entry that says so
    PRIMARY KEY (journal, part)
) WITHOUT ROWID;

CREATE TABLE log_erased (
    journal   BIGINT NOT NULL REFERENCES log_journal (journal),
    part      BLOB   NOT NULL,
    erased_at BIGINT NOT NULL,
    reason    TEXT   NOT NULL,
    PRIMARY KEY (journal, part)
);

-- A journal that ended: by its successor, or halted because it forked.
CREATE TABLE log_end (
    journal  BIGINT NOT NULL REFERENCES log_journal (journal),
    how      TEXT   NOT NULL CHECK (how IN ('closed', 'forked')),
    ended_at BIGINT NOT NULL,
    detail   TEXT   NOT NULL,               -- closed: the next origin; forked: hash of the evidence
    size     BIGINT NOT NULL DEFAULT 0,     -- closed: what stands at this index or after is void
    root     BLOB,                          -- closed: of the tree of that size
    PRIMARY KEY (journal, how)
);

CREATE TABLE log_agreement (
    text_hash BLOB   NOT NULL,
    version   BIGINT NOT NULL,              -- counts the copies with more lines; the highest is current
    founding  BLOB   NOT NULL,
    stored_at BIGINT NOT NULL,
    note      BLOB   NOT NULL,
    PRIMARY KEY (text_hash, version)
);

CREATE TABLE log_evidence (
    hash      BLOB   NOT NULL PRIMARY KEY,
    kind      TEXT   NOT NULL,
    origin    TEXT   NOT NULL,
    stored_at BIGINT NOT NULL,
    bytes     BLOB   NOT NULL
);
