CREATE TABLE entries (
    id INTEGER PRIMARY KEY,
    author TEXT NOT NULL,
    message TEXT NOT NULL,
    signed_at TEXT NOT NULL
);
