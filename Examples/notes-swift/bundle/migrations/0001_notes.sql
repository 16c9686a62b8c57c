CREATE TABLE notes (
    id TEXT NOT NULL PRIMARY KEY,
    text TEXT NOT NULL,
    changed_at BIGINT NOT NULL,
    deleted_at BIGINT
);
