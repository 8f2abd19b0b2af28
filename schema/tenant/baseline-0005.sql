-- All tables of a community as they are as of version 5: what a new one gets at
-- once. The files up to 0005 make the same (the tests compare); the next change
-- is 0006, and this file stays as it is.
--
-- No IF NOT EXISTS: where a table is there already, who knows in which form, the
-- numbered files do it (schema/migrate.h).
--
-- Every table of a community lives in the community's own schema. Ids are
-- UUIDv7, times are UTC, text has one collation. Keys stay below 1,173 bytes:
-- the private server uses 4 KiB pages.

-- What everything of a member's hangs on: to delete a row here is to delete the
-- member with all that is theirs. Apart from member, since InnoDB opens with a
-- table all those that reference it, and pages need no more than a name.
CREATE TABLE member_root (
	id UUID NOT NULL,
	PRIMARY KEY (id)
) ENGINE=InnoDB DEFAULT CHARACTER SET utf8mb4
  COLLATE utf8mb4_uca1400_ai_ci;

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
CREATE TABLE member (
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
	KEY member_state (state, joined_at),
	CONSTRAINT member_root FOREIGN KEY (id)
		REFERENCES member_root (id) ON DELETE CASCADE
) ENGINE=InnoDB DEFAULT CHARACTER SET utf8mb4
  COLLATE utf8mb4_uca1400_ai_ci;

-- The password as an Argon2id PHC string, apart from the member so that no
-- listing of members reads it by mistake.
CREATE TABLE member_password (
	member UUID NOT NULL,
	phc VARCHAR(128) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
	changed_at DATETIME(6) NOT NULL,
	PRIMARY KEY (member),
	CONSTRAINT member_password_root FOREIGN KEY (member)
		REFERENCES member_root (id) ON DELETE CASCADE
) ENGINE=InnoDB DEFAULT CHARACTER SET utf8mb4
  COLLATE utf8mb4_uca1400_ai_ci;

-- Voluntary details (P3): one row for each that was given, with its own
-- visibility.
CREATE TABLE member_detail (
	member UUID NOT NULL,
	kind ENUM('phone', 'address', 'description') NOT NULL,
	content VARCHAR(4000) NOT NULL,
	visibility ENUM('self', 'counterparts', 'members', 'public') NOT NULL,
	given_at DATETIME(6) NOT NULL,
	given_by UUID NULL,
	PRIMARY KEY (member, kind),
	CONSTRAINT member_detail_root FOREIGN KEY (member)
		REFERENCES member_root (id) ON DELETE CASCADE
) ENGINE=InnoDB DEFAULT CHARACTER SET utf8mb4
  COLLATE utf8mb4_uca1400_ai_ci;

-- A browser that is logged in. Only the SHA-256 of its token is stored; the
-- form token is derived from it.
CREATE TABLE session (
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
	CONSTRAINT session_root FOREIGN KEY (member)
		REFERENCES member_root (id) ON DELETE CASCADE
) ENGINE=InnoDB DEFAULT CHARACTER SET utf8mb4
  COLLATE utf8mb4_uca1400_ai_ci;

-- A bearer token for the JSON API, made by its member.
CREATE TABLE api_token (
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
	CONSTRAINT api_token_root FOREIGN KEY (member)
		REFERENCES member_root (id) ON DELETE CASCADE
) ENGINE=InnoDB DEFAULT CHARACTER SET utf8mb4
  COLLATE utf8mb4_uca1400_ai_ci;

-- Links that work once and expire. A claim link has no member yet; email is the
-- address a change would move to.
CREATE TABLE link_token (
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
	CONSTRAINT link_token_root FOREIGN KEY (member)
		REFERENCES member_root (id) ON DELETE CASCADE
) ENGINE=InnoDB DEFAULT CHARACTER SET utf8mb4
  COLLATE utf8mb4_uca1400_ai_ci;

-- P7: who accepted which text, when, from where. The digest is of the exact
-- text in the language that was shown.
CREATE TABLE terms_acceptance (
	member UUID NOT NULL,
	version VARCHAR(40) NOT NULL,
	sha256 BINARY(32) NOT NULL,
	language CHAR(2) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
	accepted_at DATETIME(6) NOT NULL,
	address VARCHAR(45) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
	PRIMARY KEY (member, version, sha256),
	CONSTRAINT terms_acceptance_root FOREIGN KEY (member)
		REFERENCES member_root (id) ON DELETE CASCADE
) ENGINE=InnoDB DEFAULT CHARACTER SET utf8mb4
  COLLATE utf8mb4_uca1400_ai_ci;

-- The legal texts that were in force, so that an acceptance can be shown with
-- the words it was for after the host published others.
CREATE TABLE legal_text (
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
-- each puts it off. refused: the last one was one too many. No key of free_at:
-- each try would move its entry, and a sweep every ten minutes looks through what
-- is left of the last hour.
CREATE TABLE attempt (
	slot INT UNSIGNED NOT NULL,
	refused BOOLEAN NOT NULL,
	free_at DATETIME(6) NOT NULL,
	PRIMARY KEY (slot)
) ENGINE=InnoDB DEFAULT CHARACTER SET utf8mb4
  COLLATE utf8mb4_uca1400_ai_ci;

-- Networks from which a member logged in of late. Their tries are counted apart
-- from everybody else's. digest is an HMAC over login and network (a row for the
-- user name and one for the address), which are known before the member is;
-- proof is one over member, password and network: of another member or an older
-- password it is none.
CREATE TABLE known_place (
	digest BINARY(32) NOT NULL,
	proof BINARY(32) NOT NULL,
	expires_at DATETIME(6) NOT NULL,
	PRIMARY KEY (digest),
	KEY known_place_expires (expires_at)
) ENGINE=InnoDB DEFAULT CHARACTER SET utf8mb4
  COLLATE utf8mb4_uca1400_ai_ci;

-- An admin: a member appointed by the founder or, within their own scopes, by
-- another admin. Withdrawn appointments are gone from here; the audit list
-- keeps them.
CREATE TABLE appointment (
	member UUID NOT NULL,
	scopes SET('members', 'content', 'settings', 'handover', 'legal')
		NOT NULL,
	appointed_by UUID NULL,
	appointed_at DATETIME(6) NOT NULL,
	PRIMARY KEY (member),
	KEY appointment_at (appointed_at),
	CONSTRAINT appointment_root FOREIGN KEY (member)
		REFERENCES member_root (id) ON DELETE CASCADE
) ENGINE=InnoDB DEFAULT CHARACTER SET utf8mb4
  COLLATE utf8mb4_uca1400_ai_ci;

-- A link that lets people join; scopes '' invites members.
CREATE TABLE invitation (
	id UUID NOT NULL,
	digest BINARY(32) NOT NULL,
	note VARCHAR(100) NULL,
	scopes SET('members', 'content', 'settings', 'handover', 'legal')
		NOT NULL DEFAULT '',
	uses BIGINT NOT NULL,
	used BIGINT NOT NULL DEFAULT 0,
	created_by UUID NULL,
	created_at DATETIME(6) NOT NULL,
	expires_at DATETIME(6) NOT NULL,
	withdrawn_at DATETIME(6) NULL,
	PRIMARY KEY (id),
	UNIQUE KEY invitation_digest (digest),
	KEY invitation_expires (expires_at, created_at)
) ENGINE=InnoDB DEFAULT CHARACTER SET utf8mb4
  COLLATE utf8mb4_uca1400_ai_ci;

-- What founder and admins decide; one row, made when the community is
-- provisioned. The *_at columns are the checklist's marks.
CREATE TABLE settings (
	id TINYINT NOT NULL DEFAULT 1 CHECK (id = 1),
	name VARCHAR(100) NOT NULL,
	tagline VARCHAR(200) NULL,
	description TEXT NOT NULL,
	colour CHAR(7) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
	described_at DATETIME(6) NULL,
	coloured_at DATETIME(6) NULL,
	appointed_at DATETIME(6) NULL,
	invited_at DATETIME(6) NULL,
	changed_at DATETIME(6) NOT NULL,
	changed_by UUID NULL,
	PRIMARY KEY (id)
) ENGINE=InnoDB DEFAULT CHARACTER SET utf8mb4
  COLLATE utf8mb4_uca1400_ai_ci;

-- Who did what, on whom, when. Append-only: the triggers refuse every change
-- and the community's account cannot drop them. So nothing of a person stands
-- here: actor and subject are member.pseudonym (or subject is a thing's id),
-- which without the member row name nobody, even to who knows the member's id.
-- office tells what founder and admins did as such from what members did with
-- what is theirs. canonical is the exact row as bytes and details_sha256 the
-- salted hash of the details, so that a Merkle log can be laid over this table
-- later.
CREATE TABLE audit (
	sequence BIGINT NOT NULL AUTO_INCREMENT,
	id UUID NOT NULL,
	at DATETIME(6) NOT NULL,
	actor UUID NULL,
	action VARCHAR(60) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
	office BOOLEAN NOT NULL,
	subject UUID NULL,
	details_sha256 BINARY(32) NOT NULL,
	canonical VARBINARY(1000) NOT NULL,
	PRIMARY KEY (sequence),
	UNIQUE KEY audit_id (id),
	KEY audit_office (office, sequence),
	KEY audit_subject (subject, sequence),
	KEY audit_actor (actor, sequence)
) ENGINE=InnoDB DEFAULT CHARACTER SET utf8mb4
  COLLATE utf8mb4_uca1400_ai_ci;

-- From where, and the words of an audit row: apart, so that erasure can empty
-- them without touching the row. The row's details_sha256 is SHA-256 over the
-- salt and {"address":…,"details":…} as JSON without white space; the salt goes
-- with them. Of a member's act the row goes at expires_at; of an act of office,
-- NULL, it stays.
CREATE TABLE audit_detail (
	audit UUID NOT NULL,
	salt BINARY(16) NOT NULL,
	address VARCHAR(45) CHARACTER SET ascii COLLATE ascii_bin NULL,
	details VARCHAR(2000) NULL,
	expires_at DATETIME(6) NULL,
	PRIMARY KEY (audit),
	KEY audit_detail_expires (expires_at)
) ENGINE=InnoDB DEFAULT CHARACTER SET utf8mb4
  COLLATE utf8mb4_uca1400_ai_ci;

DELIMITER //
CREATE OR REPLACE TRIGGER audit_no_update BEFORE UPDATE ON audit
FOR EACH ROW
SIGNAL SQLSTATE '45000' SET MESSAGE_TEXT = 'audit rows are never changed'//
CREATE OR REPLACE TRIGGER audit_no_delete BEFORE DELETE ON audit
FOR EACH ROW
SIGNAL SQLSTATE '45000' SET MESSAGE_TEXT = 'audit rows are never removed'//
DELIMITER ;

-- Offers and requests. number orders what was posted in the same microsecond and
-- is never shown. price is in minor units of currency; exchange says what is wanted or given
-- instead of money. category is the slug of the community's configuration.
-- excerpt is how body begins, in plain text: lists show it and read no body.
CREATE TABLE listing (
	id UUID NOT NULL,
	author UUID NOT NULL,
	kind ENUM('offer', 'request') NOT NULL,
	category VARCHAR(40) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
	title VARCHAR(120) NOT NULL,
	body TEXT NOT NULL,
	excerpt VARCHAR(200) NOT NULL,
	price BIGINT NULL,
	currency CHAR(3) CHARACTER SET ascii COLLATE ascii_bin NULL,
	exchange VARCHAR(200) NULL,
	place VARCHAR(120) NULL,
	until DATETIME(6) NULL,
	state ENUM('open', 'withdrawn') NOT NULL,
	posted_at DATETIME(6) NOT NULL,
	changed_at DATETIME(6) NOT NULL,
	withdrawn_at DATETIME(6) NULL,
	withdrawn_by UUID NULL,
	PRIMARY KEY (id),
	KEY listing_newest (state, posted_at, id),
	KEY listing_kind (state, kind, posted_at, id),
	KEY listing_category (state, category, posted_at, id),
	KEY listing_kind_category (state, kind, category, posted_at, id),
	KEY listing_author (author, state, posted_at),
	CONSTRAINT listing_root FOREIGN KEY (author)
		REFERENCES member_root (id) ON DELETE CASCADE
) ENGINE=InnoDB DEFAULT CHARACTER SET utf8mb4
  COLLATE utf8mb4_uca1400_ai_ci;

-- Mail that waits for the courier. A claim writes claimed_until and a higher
-- fence, committed, before anything is sent; claimed_by is whose claim it is, so
-- that the next courier of the same daemon need not wait for its end. Sent and
-- failed rows lose their body at once and are removed by retention.
CREATE TABLE outbox (
	id UUID NOT NULL,
	member UUID NULL,
	recipient VARCHAR(254) NOT NULL,
	recipient_name VARCHAR(100) NULL,
	language CHAR(2) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
	subject VARCHAR(250) NOT NULL,
	body MEDIUMTEXT NOT NULL,
	state ENUM('waiting', 'sent', 'failed') NOT NULL DEFAULT 'waiting',
	created_at DATETIME(6) NOT NULL,
	due_at DATETIME(6) NOT NULL,
	attempts BIGINT NOT NULL DEFAULT 0,
	fence BIGINT NOT NULL DEFAULT 0,
	claimed_until DATETIME(6) NULL,
	claimed_by UUID NULL,
	finished_at DATETIME(6) NULL,
	failure VARCHAR(200) NULL,
	PRIMARY KEY (id),
	KEY outbox_due (state, due_at),
	KEY outbox_finished (finished_at),
	KEY outbox_member (member)
) ENGINE=InnoDB DEFAULT CHARACTER SET utf8mb4
  COLLATE utf8mb4_uca1400_ai_ci;
