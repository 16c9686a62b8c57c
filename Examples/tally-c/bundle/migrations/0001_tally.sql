CREATE TABLE tally (
    author TEXT PRIMARY KEY,
    entries INTEGER NOT NULL
);

CREATE TABLE seen_events (
    id TEXT PRIMARY KEY
);
