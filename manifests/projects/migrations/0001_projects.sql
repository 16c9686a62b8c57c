-- A person's projects. The common subset of SQLite and PostgreSQL; times are milliseconds since 1970-01-01T00:00:00Z.

CREATE TABLE projects (
    id TEXT NOT NULL PRIMARY KEY,
    owner_id TEXT NOT NULL,
    name TEXT NOT NULL,
    -- The name without differences of case, to search in.
    folded_name TEXT NOT NULL,
    description TEXT,
    created_at BIGINT NOT NULL,
    updated_at BIGINT NOT NULL,
    -- Null while the project is there; a removed one is kept, and reached by nobody.
    deleted_at BIGINT
);

-- A page of somebody's projects in its order, and their number without a look at the rows.
CREATE INDEX projects_of_owner ON projects (owner_id, created_at DESC, id) WHERE deleted_at IS NULL;
