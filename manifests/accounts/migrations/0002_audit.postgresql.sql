CREATE TABLE audit_log (
    number BIGINT NOT NULL PRIMARY KEY,
    actor_id TEXT NOT NULL,
    action TEXT NOT NULL,
    resource_type TEXT NOT NULL,
    resource_id TEXT,
    details TEXT NOT NULL,
    ip_address TEXT,
    created_at BIGINT NOT NULL,
    source TEXT UNIQUE
);
CREATE INDEX audit_log_by_actor ON audit_log (actor_id, number);
CREATE INDEX audit_log_by_action ON audit_log (action, number);

CREATE TABLE audit_marks (
    number BIGINT NOT NULL PRIMARY KEY
);

CREATE RULE audit_log_stays AS ON UPDATE TO audit_log DO INSTEAD NOTHING;
CREATE RULE audit_log_is_kept AS ON DELETE TO audit_log DO INSTEAD NOTHING;
