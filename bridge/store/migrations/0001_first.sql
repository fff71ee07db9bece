-- Times are milliseconds since 1970 UTC. Columns named *_sealed hold AES-GCM values and are emptied
-- as soon as no step needs them.

CREATE TABLE deliveries (
    id                 INTEGER PRIMARY KEY,
    rid                TEXT NOT NULL UNIQUE,
    answered_rid       TEXT NOT NULL,
    event_id           TEXT NOT NULL,
    action_id          TEXT NOT NULL,
    kind               TEXT NOT NULL,
    tracking_id        TEXT NOT NULL,
    certificate_number TEXT NOT NULL,
    transaction_id     TEXT NOT NULL,
    state              TEXT NOT NULL,
    instance_sent      INTEGER NOT NULL DEFAULT 0,
    redraws            INTEGER NOT NULL DEFAULT 0,
    failures           INTEGER NOT NULL DEFAULT 0,
    attempt            INTEGER NOT NULL DEFAULT 0,
    due_at             BIGINT,
    lease_owner        TEXT,
    lease_until        BIGINT,
    payload_sealed     BLOB,
    token_sealed       BLOB,
    credential_sealed  BLOB,
    outcome            TEXT,
    outcome_code       TEXT,
    reason_code        TEXT,
    reason_party       TEXT,
    reason_words       TEXT,
    parked_from        TEXT,
    created_at         BIGINT NOT NULL,
    updated_at         BIGINT NOT NULL,
    closed_at          BIGINT,
    UNIQUE (event_id, action_id)
);

CREATE INDEX deliveries_by_state ON deliveries (state, kind, due_at);

CREATE TABLE history (
    delivery_id INTEGER NOT NULL REFERENCES deliveries (id),
    at          BIGINT NOT NULL,
    state       TEXT NOT NULL,
    rid         TEXT NOT NULL,
    attempt     INTEGER NOT NULL,
    reason_code TEXT
);

CREATE INDEX history_by_delivery ON history (delivery_id, at);

CREATE TABLE received (
    hub_event_id TEXT PRIMARY KEY,
    topic        TEXT NOT NULL,
    rid          TEXT NOT NULL,
    verdict      TEXT NOT NULL,
    body_sealed  BLOB,
    received_at  BIGINT NOT NULL
);

CREATE INDEX received_by_rid ON received (rid);

CREATE TABLE subscription (
    topic      TEXT PRIMARY KEY,
    state      TEXT NOT NULL,
    updated_at BIGINT NOT NULL
);

CREATE TABLE leases (
    name  TEXT PRIMARY KEY,
    owner TEXT NOT NULL,
    until BIGINT NOT NULL
);

CREATE TABLE upstreams (
    party TEXT PRIMARY KEY,
    fault TEXT,
    since BIGINT NOT NULL
);

CREATE TABLE counters (
    name  TEXT PRIMARY KEY,
    value BIGINT NOT NULL
);

CREATE TABLE sequences (
    name  TEXT PRIMARY KEY,
    value BIGINT NOT NULL
);

INSERT INTO sequences (name, value) VALUES ('rid', 0);
