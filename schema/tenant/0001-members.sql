-- Members, how they log in, what they accepted.
--
-- Every table of a community lives in the community's own schema. Ids are
-- UUIDv7, times are UTC, text has one collation. Keys stay below 1,173 bytes:
-- the private server uses 4 KiB pages.

-- A person with an account in this community. Name, user name and address are
-- required (D1); given_at and given_by say since when and by whom the present
-- values stand (P6). login_count and last_login_at are P5. pseudonym is what
-- the audit list calls them: random, shown nowhere, gone with this row. It has
-- the form of a version 4 UUID: other bytes are not found again by a key.
--
-- email is an address that its owner confirmed: one member has it. Who has not
-- confirmed yet has none, and the address as typed in email_unconfirmed, which
-- several may have typed: nobody can tell from here that it is a member's. The
-- first confirmation moves it to email. Who was declined and applies again with
-- the same address confirms it anew: the declined row has it in
-- email_unconfirmed from then on.
CREATE TABLE IF NOT EXISTS member (
	id UUID NOT NULL,
	username VARCHAR(32) NOT NULL,
	email VARCHAR(254) NULL,
	email_unconfirmed VARCHAR(254) NULL,
	name VARCHAR(100) NOT NULL,
	state ENUM('unconfirmed', 'pending', 'active', 'suspended', 'declined',
		'left') NOT NULL,
	founder BOOLEAN NOT NULL DEFAULT FALSE,
	language CHAR(2) CHARACTER SET ascii COLLATE ascii_bin NULL,
	application VARCHAR(1000) NULL,
	joined_at DATETIME(6) NOT NULL,
	confirmed_at DATETIME(6) NULL,
	login_count BIGINT NOT NULL DEFAULT 0,
	last_login_at DATETIME(6) NULL,
	given_at DATETIME(6) NOT NULL,
	given_by UUID NULL,
	terms_version VARCHAR(40) NULL,
	terms_sha256 BINARY(32) NULL,
	pseudonym UUID NOT NULL DEFAULT (INSERT(INSERT(
		HEX(RANDOM_BYTES(16)), 13, 1, '4'), 17, 1, 'a')),
	PRIMARY KEY (id),
	UNIQUE KEY member_pseudonym (pseudonym),
	UNIQUE KEY member_username (username),
	UNIQUE KEY member_email (email),
	KEY member_email_unconfirmed (email_unconfirmed),
	KEY member_name (name),
	KEY member_founder (founder),
	KEY member_state (state, joined_at)
) ENGINE=InnoDB DEFAULT CHARACTER SET utf8mb4
  COLLATE utf8mb4_uca1400_ai_ci;

-- The password as an Argon2id PHC string, apart from the member so that no
-- listing of members reads it by mistake.
CREATE TABLE IF NOT EXISTS member_password (
	member UUID NOT NULL,
	phc VARCHAR(128) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
	changed_at DATETIME(6) NOT NULL,
	PRIMARY KEY (member),
	CONSTRAINT member_password_member FOREIGN KEY (member)
		REFERENCES member (id) ON DELETE CASCADE
) ENGINE=InnoDB DEFAULT CHARACTER SET utf8mb4
  COLLATE utf8mb4_uca1400_ai_ci;

-- Voluntary details (P3): one row for each that was given, with its own
-- visibility.
CREATE TABLE IF NOT EXISTS member_detail (
	member UUID NOT NULL,
	kind ENUM('phone', 'address', 'description') NOT NULL,
	content VARCHAR(4000) NOT NULL,
	visibility ENUM('self', 'counterparts', 'members', 'public') NOT NULL,
	given_at DATETIME(6) NOT NULL,
	given_by UUID NULL,
	PRIMARY KEY (member, kind),
	CONSTRAINT member_detail_member FOREIGN KEY (member)
		REFERENCES member (id) ON DELETE CASCADE
) ENGINE=InnoDB DEFAULT CHARACTER SET utf8mb4
  COLLATE utf8mb4_uca1400_ai_ci;

-- A browser that is logged in. Only the SHA-256 of its token is stored; the
-- form token is derived from it.
CREATE TABLE IF NOT EXISTS session (
	id UUID NOT NULL,
	digest BINARY(32) NOT NULL,
	member UUID NOT NULL,
	created_at DATETIME(6) NOT NULL,
	seen_at DATETIME(6) NOT NULL,
	expires_at DATETIME(6) NOT NULL,
	address VARCHAR(45) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
	browser VARCHAR(200) NOT NULL,
	PRIMARY KEY (id),
	UNIQUE KEY session_digest (digest),
	KEY session_member (member, seen_at),
	KEY session_expires (expires_at),
	CONSTRAINT session_member FOREIGN KEY (member)
		REFERENCES member (id) ON DELETE CASCADE
) ENGINE=InnoDB DEFAULT CHARACTER SET utf8mb4
  COLLATE utf8mb4_uca1400_ai_ci;

-- A bearer token for the JSON API, made by its member.
CREATE TABLE IF NOT EXISTS api_token (
	id UUID NOT NULL,
	digest BINARY(32) NOT NULL,
	member UUID NOT NULL,
	name VARCHAR(60) NOT NULL,
	created_at DATETIME(6) NOT NULL,
	used_at DATETIME(6) NULL,
	expires_at DATETIME(6) NOT NULL,
	PRIMARY KEY (id),
	UNIQUE KEY api_token_digest (digest),
	KEY api_token_member (member, created_at),
	CONSTRAINT api_token_member FOREIGN KEY (member)
		REFERENCES member (id) ON DELETE CASCADE
) ENGINE=InnoDB DEFAULT CHARACTER SET utf8mb4
  COLLATE utf8mb4_uca1400_ai_ci;

-- Links that work once and expire. A claim link has no member yet; email is the
-- address a change would move to.
CREATE TABLE IF NOT EXISTS link_token (
	id UUID NOT NULL,
	digest BINARY(32) NOT NULL,
	purpose ENUM('confirm', 'reset', 'claim', 'address') NOT NULL,
	member UUID NULL,
	email VARCHAR(254) NULL,
	created_at DATETIME(6) NOT NULL,
	expires_at DATETIME(6) NOT NULL,
	used_at DATETIME(6) NULL,
	PRIMARY KEY (id),
	UNIQUE KEY link_token_digest (digest),
	KEY link_token_member (member, purpose),
	KEY link_token_purpose (purpose, created_at),
	KEY link_token_expires (expires_at),
	CONSTRAINT link_token_member FOREIGN KEY (member)
		REFERENCES member (id) ON DELETE CASCADE
) ENGINE=InnoDB DEFAULT CHARACTER SET utf8mb4
  COLLATE utf8mb4_uca1400_ai_ci;

-- P7: who accepted which text, when, from where. The digest is of the exact
-- text in the language that was shown.
CREATE TABLE IF NOT EXISTS terms_acceptance (
	member UUID NOT NULL,
	version VARCHAR(40) NOT NULL,
	sha256 BINARY(32) NOT NULL,
	language CHAR(2) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
	accepted_at DATETIME(6) NOT NULL,
	address VARCHAR(45) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
	PRIMARY KEY (member, version, sha256),
	CONSTRAINT terms_acceptance_member FOREIGN KEY (member)
		REFERENCES member (id) ON DELETE CASCADE
) ENGINE=InnoDB DEFAULT CHARACTER SET utf8mb4
  COLLATE utf8mb4_uca1400_ai_ci;

-- The legal texts that were in force, so that an acceptance can be shown with
-- the words it was for after the host published others.
CREATE TABLE IF NOT EXISTS legal_text (
	sha256 BINARY(32) NOT NULL,
	kind ENUM('terms', 'privacy') NOT NULL,
	version VARCHAR(40) NOT NULL,
	language CHAR(2) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
	title VARCHAR(200) NOT NULL,
	body MEDIUMTEXT NOT NULL,
	published_at DATETIME(6) NOT NULL,
	PRIMARY KEY (sha256, kind, language)
) ENGINE=InnoDB DEFAULT CHARACTER SET utf8mb4
  COLLATE utf8mb4_uca1400_ai_ci;

-- How often log-ins were tried, and mails asked for, of late: one row for each
-- slot, of fixed number. A slot is the kind of the count and some bits of an
-- HMAC (under the community's key) over the login as typed, the network or the
-- address of the mail. Counts are times: until free_at all tries are forgotten;
-- each puts it off. refused: the last one was one too many.
CREATE TABLE IF NOT EXISTS attempt (
	slot INT UNSIGNED NOT NULL,
	refused BOOLEAN NOT NULL,
	free_at DATETIME(6) NOT NULL,
	PRIMARY KEY (slot),
	KEY attempt_free (free_at)
) ENGINE=InnoDB DEFAULT CHARACTER SET utf8mb4
  COLLATE utf8mb4_uca1400_ai_ci;

-- Networks from which a member logged in of late: only an HMAC over member,
-- password and network. Their tries are counted apart from everybody else's.
CREATE TABLE IF NOT EXISTS known_place (
	digest BINARY(32) NOT NULL,
	expires_at DATETIME(6) NOT NULL,
	PRIMARY KEY (digest),
	KEY known_place_expires (expires_at)
) ENGINE=InnoDB DEFAULT CHARACTER SET utf8mb4
  COLLATE utf8mb4_uca1400_ai_ci;
