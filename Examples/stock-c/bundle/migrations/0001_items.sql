CREATE TABLE items (
    sku TEXT NOT NULL PRIMARY KEY,
    name TEXT NOT NULL,
    quantity BIGINT NOT NULL
);
