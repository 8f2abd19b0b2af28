-- Schemas made ahead of communities to come (the warm pool): schema, account and
-- tables are there, under an id that nobody has yet. A new community takes one
-- that is ready by deleting its row in the transaction that makes its own row
-- with that id. slot is its place in the pool, from 1: two stewards that fill it
-- meet at the key. 'making' and 'leaving' are never taken.
CREATE TABLE IF NOT EXISTS warm_schema (
	community UUID NOT NULL,
	slot BIGINT NOT NULL,
	`key` CHAR(26) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
	state ENUM('making', 'ready', 'leaving') NOT NULL,
	schema_version BIGINT NOT NULL DEFAULT 0,
	created_at DATETIME(6) NOT NULL,
	PRIMARY KEY (community),
	UNIQUE KEY warm_schema_slot (slot),
	KEY warm_schema_state (state, schema_version, slot)
) ENGINE=InnoDB DEFAULT CHARACTER SET utf8mb4
  COLLATE utf8mb4_uca1400_ai_ci;
