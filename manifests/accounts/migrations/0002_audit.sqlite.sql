CREATE TABLE audit_log (
    number BIGINT NOT NULL PRIMARY KEY,
    actor_id TEXT NOT NULL,
    action TEXT NOT NULL,
    resource_type TEXT NOT NULL,
    resource_id TEXT,
    details TEXT NOT NULL,
    ip_address TEXT,
    created_at BIGINT NOT NULL,
    -- The event that brought the entry; NULL for acts of this module.
    source TEXT UNIQUE
);
CREATE INDEX audit_log_by_actor ON audit_log (actor_id, number);
CREATE INDEX audit_log_by_action ON audit_log (action, number);

-- Entries that the host's own chain is still to get.
CREATE TABLE audit_marks (
    number BIGINT NOT NULL PRIMARY KEY
);

CREATE TRIGGER audit_log_stays BEFORE UPDATE ON audit_log
BEGIN
    SELECT RAISE(ABORT, 'entries of the audit trail are never changed');
END;
CREATE TRIGGER audit_log_is_kept BEFORE DELETE ON audit_log
BEGIN
    SELECT RAISE(ABORT, 'entries of the audit trail are never removed');
END;
