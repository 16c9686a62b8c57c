CREATE TABLE notes (name TEXT);
