CREATE TABLE notes (
    id TEXT NOT NULL PRIMARY KEY,
    text TEXT NOT NULL,
    created_at BIGINT NOT NULL
);
