-- What lies beside the deliveries: records of OpenCRVS that wait and need somebody, and deliveries of the hub
-- that were well-formed but signed with another secret (sealed, few, never rows of work).

CREATE TABLE findings (
    event_id    TEXT PRIMARY KEY,
    action_id   TEXT,
    kind        TEXT NOT NULL,
    tracking_id TEXT NOT NULL,
    rid         TEXT,
    verdict     TEXT NOT NULL,
    code        TEXT NOT NULL,
    words       TEXT NOT NULL,
    waits_since BIGINT NOT NULL,
    found_at    BIGINT NOT NULL,
    seen_at     BIGINT NOT NULL
);

CREATE TABLE quarantine (
    id          TEXT PRIMARY KEY,
    sealed      BLOB NOT NULL,
    judged_by   TEXT NOT NULL,
    received_at BIGINT NOT NULL
);
