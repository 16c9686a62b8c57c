-- A person's files. The common subset of SQLite and PostgreSQL; times are milliseconds since 1970-01-01T00:00:00Z.

CREATE TABLE files (
    id TEXT NOT NULL PRIMARY KEY,
    owner_id TEXT NOT NULL,
    filename TEXT NOT NULL,
    content_type TEXT NOT NULL,
    size BIGINT NOT NULL,
    created_at BIGINT NOT NULL,
    -- Null while the upload is announced and not confirmed.
    uploaded_at BIGINT,
    -- Null while the file is there; a removed one is kept, and reached by nobody.
    deleted_at BIGINT
);

-- A page of somebody's files in its order, and their number without a look at the rows.
CREATE INDEX files_of_owner ON files (owner_id, created_at DESC, id) WHERE deleted_at IS NULL;

-- Announcements by age.
CREATE INDEX files_announced ON files (created_at) WHERE uploaded_at IS NULL AND deleted_at IS NULL;
