-- The host's own schema: which communities exist, where, and in which state.

-- slug is the host's name for it; key is the id in base32, and with the prefix
-- "community" the name of its schema and of its account. configuration is the
-- applied YAML as JSON: what daemons read. generation numbers the account's
-- password.
CREATE TABLE IF NOT EXISTS community (
	id UUID NOT NULL,
	slug VARCHAR(63) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
	`key` CHAR(26) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
	state ENUM('pending', 'active', 'suspended', 'archived',
		'purge-scheduled', 'purged') NOT NULL,
	generation BIGINT NOT NULL DEFAULT 1,
	schema_version BIGINT NOT NULL DEFAULT 0,
	cluster VARCHAR(63) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
	configuration MEDIUMTEXT NOT NULL,
	applied_text MEDIUMTEXT NOT NULL,
	applied_sha256 BINARY(32) NOT NULL,
	applied_file VARCHAR(1000) NOT NULL,
	applied_by VARCHAR(100) NOT NULL,
	applied_at DATETIME(6) NOT NULL,
	created_at DATETIME(6) NOT NULL,
	PRIMARY KEY (id),
	UNIQUE KEY community_slug (slug),
	KEY community_state (state, slug),
	KEY community_schema_version (schema_version),
	KEY community_applied (applied_sha256)
) ENGINE=InnoDB DEFAULT CHARACTER SET utf8mb4
  COLLATE utf8mb4_uca1400_ai_ci;

-- The names a community answers to; position 1 is its main one.
CREATE TABLE IF NOT EXISTS community_domain (
	domain VARCHAR(253) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
	community UUID NOT NULL,
	position BIGINT NOT NULL,
	PRIMARY KEY (domain),
	KEY community_domain_community (community, position),
	CONSTRAINT community_domain_community FOREIGN KEY (community)
		REFERENCES community (id) ON DELETE CASCADE
) ENGINE=InnoDB DEFAULT CHARACTER SET utf8mb4
  COLLATE utf8mb4_uca1400_ai_ci;

-- "Something happened in community X" between machines. epoch only grows;
-- what each of the kinds last moved at tells the readers what to look at;
-- moved_at is the server's time and what they poll by.
CREATE TABLE IF NOT EXISTS community_state (
	community UUID NOT NULL,
	epoch BIGINT NOT NULL DEFAULT 0,
	settings_epoch BIGINT NOT NULL DEFAULT 0,
	mail_epoch BIGINT NOT NULL DEFAULT 0,
	moved_at DATETIME(6) NOT NULL,
	due_at DATETIME(6) NULL,
	PRIMARY KEY (community),
	KEY community_state_moved (moved_at),
	KEY community_state_due (due_at)
) ENGINE=InnoDB DEFAULT CHARACTER SET utf8mb4
  COLLATE utf8mb4_uca1400_ai_ci;

-- Which numbered SQL was applied to which schema. community is all zero for the
-- control schema. A row is written when a file begins (statements_done 0) and
-- moved on with each statement: DDL commits by itself, so a killed migration
-- goes on where it stopped.
CREATE TABLE IF NOT EXISTS schema_migration (
	community UUID NOT NULL,
	version BIGINT NOT NULL,
	file VARCHAR(100) NOT NULL,
	sha256 BINARY(32) NOT NULL,
	statements_done BIGINT NOT NULL DEFAULT 0,
	started_at DATETIME(6) NOT NULL,
	finished_at DATETIME(6) NULL,
	PRIMARY KEY (community, version)
) ENGINE=InnoDB DEFAULT CHARACTER SET utf8mb4
  COLLATE utf8mb4_uca1400_ai_ci;

-- Lifecycle work. Claimed by a committed UPDATE that raises fence and sets
-- claimed_until on the server's clock; every later write names the fence.
CREATE TABLE IF NOT EXISTS job (
	id UUID NOT NULL,
	kind VARCHAR(40) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
	community UUID NOT NULL,
	state ENUM('waiting', 'running', 'done', 'failed') NOT NULL
		DEFAULT 'waiting',
	step BIGINT NOT NULL DEFAULT 0,
	steps BIGINT NOT NULL,
	step_name VARCHAR(60) NOT NULL DEFAULT '',
	fence BIGINT NOT NULL DEFAULT 0,
	claimed_by VARCHAR(100) NULL,
	claimed_until DATETIME(6) NULL,
	attempts BIGINT NOT NULL DEFAULT 0,
	due_at DATETIME(6) NOT NULL,
	error VARCHAR(500) NULL,
	payload MEDIUMTEXT NULL,
	requested_by VARCHAR(100) NOT NULL,
	created_at DATETIME(6) NOT NULL,
	finished_at DATETIME(6) NULL,
	PRIMARY KEY (id),
	KEY job_due (state, due_at),
	KEY job_community (community, created_at)
) ENGINE=InnoDB DEFAULT CHARACTER SET utf8mb4
  COLLATE utf8mb4_uca1400_ai_ci;

-- What the host did: apply, claim links, reload, suspend.
CREATE TABLE IF NOT EXISTS host_audit (
	sequence BIGINT NOT NULL AUTO_INCREMENT,
	at DATETIME(6) NOT NULL,
	operator VARCHAR(100) NOT NULL,
	action VARCHAR(60) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
	community UUID NULL,
	details VARCHAR(2000) NULL,
	PRIMARY KEY (sequence),
	KEY host_audit_community (community, sequence)
) ENGINE=InnoDB DEFAULT CHARACTER SET utf8mb4
  COLLATE utf8mb4_uca1400_ai_ci;

DELIMITER //
CREATE OR REPLACE TRIGGER host_audit_no_update BEFORE UPDATE ON host_audit
FOR EACH ROW
SIGNAL SQLSTATE '45000' SET MESSAGE_TEXT = 'audit rows are never changed'//
CREATE OR REPLACE TRIGGER host_audit_no_delete BEFORE DELETE ON host_audit
FOR EACH ROW
SIGNAL SQLSTATE '45000' SET MESSAGE_TEXT = 'audit rows are never removed'//
DELIMITER ;
