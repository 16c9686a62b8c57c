-- Times are milliseconds since 1970. An account that was removed keeps its row, so that its id stays removed.
CREATE TABLE accounts (
    id TEXT NOT NULL PRIMARY KEY,
    email TEXT,
    full_name TEXT,
    avatar_url TEXT,
    role TEXT NOT NULL,
    is_active SMALLINT NOT NULL,
    subscription_plan TEXT NOT NULL,
    subscription_status TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    updated_at BIGINT NOT NULL,
    last_login_at BIGINT,
    auth_provider TEXT NOT NULL,
    removed_at BIGINT,
    revision BIGINT NOT NULL,
    -- When the newest change that a provider has told of was made there, and the newest of billing.
    provider_changed_at BIGINT,
    billing_changed_at BIGINT
);
CREATE INDEX accounts_by_creation ON accounts (created_at DESC, id);

-- Accounts whose role or state the host is still to learn of.
CREATE TABLE standing_marks (
    account_id TEXT NOT NULL PRIMARY KEY,
    revision BIGINT NOT NULL
);

-- Deliveries of providers by their own ids; kept so that a repeat does nothing.
CREATE TABLE inbox (
    provider TEXT NOT NULL,
    event_id TEXT NOT NULL,
    status TEXT NOT NULL,
    received_at BIGINT NOT NULL,
    PRIMARY KEY (provider, event_id)
);
CREATE INDEX inbox_by_time ON inbox (received_at);
