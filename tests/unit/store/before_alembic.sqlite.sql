CREATE TABLE entries (
    journal VARCHAR(32) NOT NULL,
    seq INTEGER NOT NULL,
    "key" VARCHAR(200) NOT NULL,
    body TEXT NOT NULL,
    PRIMARY KEY (journal, seq),
    UNIQUE (journal, "key")
);

CREATE TABLE inbox (
    id INTEGER NOT NULL,
    "key" VARCHAR(200) NOT NULL,
    kind VARCHAR(32) NOT NULL,
    body TEXT NOT NULL,
    received_at FLOAT NOT NULL,
    due_at FLOAT NOT NULL,
    tries INTEGER NOT NULL,
    done BOOLEAN NOT NULL,
    PRIMARY KEY (id),
    UNIQUE ("key")
);

CREATE INDEX inbox_undone ON inbox (done, due_at);

CREATE TABLE journals (
    id VARCHAR(32) NOT NULL,
    seq INTEGER NOT NULL,
    head VARCHAR(64) NOT NULL,
    PRIMARY KEY (id)
);

CREATE TABLE ledger (
    change_id VARCHAR(64) NOT NULL,
    request VARCHAR(32) NOT NULL,
    thing VARCHAR(300) NOT NULL,
    open BOOLEAN NOT NULL,
    body TEXT NOT NULL,
    PRIMARY KEY (change_id)
);

CREATE UNIQUE INDEX one_open_change_per_thing ON ledger (thing) WHERE open = 1;

CREATE TABLE outbox (
    id INTEGER NOT NULL,
    journal VARCHAR(32) NOT NULL,
    seq INTEGER NOT NULL,
    state VARCHAR(16) NOT NULL,
    address TEXT NOT NULL,
    message VARCHAR(32),
    tries INTEGER NOT NULL,
    due_at FLOAT NOT NULL,
    PRIMARY KEY (id),
    UNIQUE (journal, seq)
);

CREATE INDEX outbox_unsent ON outbox (state, due_at);

CREATE TABLE pictures (
    sha256 VARCHAR(64) NOT NULL,
    png BLOB NOT NULL,
    PRIMARY KEY (sha256)
);

CREATE TABLE requests (
    id VARCHAR(32) NOT NULL,
    vm_key VARCHAR(100) NOT NULL,
    living BOOLEAN NOT NULL,
    state VARCHAR(32) NOT NULL,
    channel VARCHAR(32) NOT NULL,
    approval_message VARCHAR(32),
    body TEXT NOT NULL,
    PRIMARY KEY (id)
);

CREATE UNIQUE INDEX one_living_request_per_vm ON requests (vm_key) WHERE living = 1;

CREATE INDEX requests_by_message ON requests (channel, approval_message);

CREATE TABLE vmdump_schema (
    version INTEGER NOT NULL,
    PRIMARY KEY (version)
);

INSERT INTO vmdump_schema (version) VALUES (1);
