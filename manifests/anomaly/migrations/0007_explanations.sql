-- The explanation of a session's newest verdict, one for each language that was asked for. A new analysis removes them
-- in its own transaction.
CREATE TABLE session_explanations (
    session_id TEXT NOT NULL,
    lang TEXT NOT NULL,
    explanation TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    PRIMARY KEY (session_id, lang)
);
