-- The tenant's own models and the jobs that make them. The shared base models are part of the module.

-- `parameters` is a JSON object with what the training set; what it does not name is as in the base model. `number`
-- counts the tenant's models of one type.
CREATE TABLE models (
    model_id TEXT NOT NULL PRIMARY KEY,
    name TEXT NOT NULL,
    type TEXT NOT NULL,
    number BIGINT NOT NULL,
    version TEXT NOT NULL,
    base_model TEXT NOT NULL,
    description TEXT,
    metrics TEXT NOT NULL,
    status TEXT NOT NULL,
    parameters TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    UNIQUE (type, number)
);

CREATE INDEX models_active ON models (type, created_at DESC, number DESC) WHERE status = 'active';

-- `config` is the answer's member of that name, a JSON object. `sessions` names the sessions to learn from, a JSON
-- array that is dropped when the job ends.
CREATE TABLE fine_tune_jobs (
    job_id TEXT NOT NULL PRIMARY KEY,
    status TEXT NOT NULL,
    is_open SMALLINT NOT NULL,
    base_model TEXT NOT NULL,
    result_model TEXT,
    name TEXT NOT NULL,
    config TEXT NOT NULL,
    sessions TEXT,
    created_at BIGINT NOT NULL,
    started_at BIGINT,
    completed_at BIGINT,
    error_message TEXT
);

-- One job at a time may be queued or running.
CREATE UNIQUE INDEX fine_tune_jobs_open ON fine_tune_jobs (is_open) WHERE is_open = 1;
