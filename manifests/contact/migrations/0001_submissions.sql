-- What people have sent through the public form. The common subset of SQLite and PostgreSQL; times are milliseconds
-- since 1970-01-01T00:00:00Z.

CREATE TABLE submissions (
    reference_id TEXT NOT NULL PRIMARY KEY,
    name TEXT NOT NULL,
    email TEXT NOT NULL,
    message TEXT NOT NULL,
    subject TEXT,
    phone TEXT,
    company TEXT,
    -- A JSON object without white space.
    extra_fields TEXT NOT NULL,
    source TEXT,
    submitted_at BIGINT NOT NULL,
    -- Attempts to deliver it to another system that are over.
    delivery_attempts INTEGER NOT NULL
);

CREATE INDEX submissions_by_time ON submissions (submitted_at DESC, reference_id);
