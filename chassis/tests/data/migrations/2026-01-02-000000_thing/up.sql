-- Something that a service might keep.
CREATE TABLE thing (
    id integer PRIMARY KEY,
    version bigint NOT NULL
);
INSERT INTO thing (id, version) VALUES (1, 1);
