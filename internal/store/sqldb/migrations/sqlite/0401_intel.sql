-- +goose Up
-- What parties and tools say of threats. Objects are numbered through the whole store in
-- the order in which they were added, from 1, and never renumbered. They lie in packs of
-- some dozens, so that a row is paid once for many; what they are found by lies in runs:
-- sorted lists of (term, number), cut into blocks of a page. internal/intel has the format.

CREATE TABLE intel_source (
    source    INTEGER PRIMARY KEY,
    direction TEXT   NOT NULL CHECK (direction IN ('own', 'in', 'out')),
    agreement BLOB   NOT NULL,              -- 32 octets of zero for own
    party     TEXT   NOT NULL,
    name      TEXT   NOT NULL,
    objects   BIGINT NOT NULL DEFAULT 0,
    added     BIGINT NOT NULL DEFAULT 0,    -- of the last object; milliseconds, unique in the source
    withdrawn BIGINT NOT NULL DEFAULT 0,    -- objects that were recalled or taken out
    UNIQUE (direction, agreement, party, name)
);

-- What came or went at one time: a file, a message's attachment, a client's request.
CREATE TABLE intel_lot (
    lot       INTEGER PRIMARY KEY,
    source    BIGINT NOT NULL REFERENCES intel_source (source),
    origin    TEXT   NOT NULL DEFAULT '',   -- and idx: the entry that brought it
    idx       BIGINT NOT NULL DEFAULT 0,
    sender    TEXT   NOT NULL DEFAULT '',   -- a body, or a file, feed or client of our own
    proof     TEXT   NOT NULL DEFAULT '',
    tlp       BIGINT NOT NULL DEFAULT 0,    -- at least this for each object
    labels    TEXT   NOT NULL DEFAULT '',   -- one a line; found by these too
    format    TEXT   NOT NULL DEFAULT '',
    begun_at  BIGINT NOT NULL,              -- microseconds
    report    BLOB,                         -- counts, once it is whole, and
    known     BLOB                          -- of what an entry brought: the numbers of the objects that were here already
);
CREATE INDEX intel_lot_entry ON intel_lot (origin, idx);

CREATE TABLE intel_pack (
    first       INTEGER PRIMARY KEY,        -- number of its first object
    source      BIGINT NOT NULL,
    lot         BIGINT NOT NULL,
    objects     BIGINT NOT NULL,
    added_first BIGINT NOT NULL,            -- milliseconds
    added_last  BIGINT NOT NULL,
    tlps        BIGINT NOT NULL,            -- bit t is set where an object has TLP t
    flagged     BIGINT NOT NULL DEFAULT 0,  -- 1 where intel_flag has rows for it
    lender      BIGINT NOT NULL DEFAULT 0   -- first of the pack that has its octets; 0: it has them itself
);
CREATE INDEX intel_pack_source ON intel_pack (source, first);
CREATE INDEX intel_pack_added ON intel_pack (source, added_last, first);
CREATE INDEX intel_pack_lot ON intel_pack (lot, first);
CREATE INDEX intel_pack_lender ON intel_pack (lender, first) WHERE lender > 0;

CREATE TABLE intel_octets (
    first INTEGER PRIMARY KEY,
    heads BLOB NOT NULL,                    -- what filters need of each object
    raw   BLOB NOT NULL                     -- the objects, byte for byte, one after the other
);

CREATE TABLE intel_run (
    run     INTEGER PRIMARY KEY,            -- grows with every change: the highest is the generation
    level   BIGINT NOT NULL,
    lo      BIGINT NOT NULL,                -- numbers from lo
    hi      BIGINT NOT NULL,                -- up to hi, not included; runs do not overlap
    entries BIGINT NOT NULL,
    fences  BLOB   NOT NULL                 -- term and number that each block begins with
);
CREATE TABLE intel_block (
    block INTEGER PRIMARY KEY,              -- run << 24 | place in the run
    data  BLOB NOT NULL
);

-- What changed of an object since it was added: few have a row.
CREATE TABLE intel_flag (
    n     INTEGER PRIMARY KEY,
    flags BIGINT NOT NULL                   -- 1 not the last version, 2 not the first, 4 contested, 8 recalled, 16 removed
);

CREATE TABLE intel_quarantine (
    id      INTEGER PRIMARY KEY,
    lot     BIGINT NOT NULL REFERENCES intel_lot (lot),
    path    TEXT   NOT NULL,
    object  TEXT   NOT NULL,                -- its id, where it says one
    rule    TEXT   NOT NULL,
    reason  TEXT   NOT NULL,
    kept_at BIGINT NOT NULL,
    raw     BLOB   NOT NULL
);
CREATE INDEX intel_quarantine_lot ON intel_quarantine (lot, id);

-- Attachments of messages of intelligence, ours and theirs, and recalls: each is taken
-- into the store once. They are found again in the journals.
CREATE TABLE intel_arrival (
    origin TEXT   NOT NULL,
    idx    BIGINT NOT NULL,
    place  BIGINT NOT NULL,                 -- of the attachment in its message; -1: a recall
    blob   BLOB   NOT NULL,                 -- its hash, sealed; a recall: empty
    state  TEXT   NOT NULL CHECK (state IN ('awaited', 'taken', 'failed')),
    lot    BIGINT NOT NULL DEFAULT 0,       -- taken
    why    TEXT   NOT NULL DEFAULT '',      -- failed
    PRIMARY KEY (origin, idx, place)
) WITHOUT ROWID;
CREATE INDEX intel_arrival_awaited ON intel_arrival (origin, idx, place) WHERE state = 'awaited';

-- Which objects an attachment of ours carries, from before it is queued until it is
-- filed as sent.
CREATE TABLE intel_sent (
    content BLOB   PRIMARY KEY,             -- SHA-256 of the attachment, in plain
    numbers BLOB   NOT NULL,                -- of its objects, in their order; internal/intel has the format
    made_at BIGINT NOT NULL                 -- microseconds
) WITHOUT ROWID;
CREATE INDEX intel_sent_made ON intel_sent (made_at);

-- What a rule sends by itself, and how far it has come.
CREATE TABLE intel_rule (
    rule      INTEGER PRIMARY KEY,
    name      TEXT   NOT NULL UNIQUE,
    body      BLOB   NOT NULL,              -- what, to whom: JSON
    position  BIGINT NOT NULL,              -- objects up to this number are done
    nonce     BLOB,                         -- of the message that is being sent, and
    upto      BIGINT NOT NULL DEFAULT 0,    -- up to where it goes
    paused    BIGINT NOT NULL DEFAULT 0,
    trouble   TEXT   NOT NULL DEFAULT '',   -- why the last round sent nothing
    made_at   BIGINT NOT NULL
);
