-- Appointments, invitations, settings and the audit list.

-- An admin: a member appointed by the founder or, within their own scopes, by
-- another admin. Withdrawn appointments are gone from here; the audit list
-- keeps them.
CREATE TABLE IF NOT EXISTS appointment (
	member UUID NOT NULL,
	scopes SET('members', 'content', 'settings', 'handover', 'legal')
		NOT NULL,
	appointed_by UUID NULL,
	appointed_at DATETIME(6) NOT NULL,
	PRIMARY KEY (member),
	KEY appointment_at (appointed_at),
	CONSTRAINT appointment_member FOREIGN KEY (member)
		REFERENCES member (id) ON DELETE CASCADE
) ENGINE=InnoDB DEFAULT CHARACTER SET utf8mb4
  COLLATE utf8mb4_uca1400_ai_ci;

-- A link that lets people join; scopes '' invites members.
CREATE TABLE IF NOT EXISTS invitation (
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
CREATE TABLE IF NOT EXISTS settings (
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
CREATE TABLE IF NOT EXISTS audit (
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
CREATE TABLE IF NOT EXISTS audit_detail (
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
