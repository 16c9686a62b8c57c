CREATE TABLE texts (
    name TEXT NOT NULL PRIMARY KEY,
    text TEXT NOT NULL
);

CREATE TABLE words (
    word TEXT NOT NULL,
    name TEXT NOT NULL,
    uses BIGINT NOT NULL,
    PRIMARY KEY (word, name)
);

CREATE INDEX words_by_name ON words (name);
