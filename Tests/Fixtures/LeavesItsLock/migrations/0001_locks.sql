CREATE TABLE locks (
    taken INTEGER NOT NULL
);
INSERT INTO locks (taken) VALUES (0);
