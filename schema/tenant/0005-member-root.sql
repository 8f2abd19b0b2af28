-- What is a member's hangs on member_root instead of member.
--
-- An older program may serve the community from another machine until all is
-- done and it has learnt of it. What it does meanwhile may fail, no more:
--
-- - It adds a member. Either before member_root is referenced by member, then
--   that ALTER, which looks at every row, finds it or waits for it; the row
--   statements run again, and then it. Or after, then it is refused.
-- - It removes a member. What hangs on that member's root by then stays for now
--   and goes with the root at the end. What it removes after that, as long as it
--   runs, goes when roots without a member are looked for (expire.c).
-- - It logs somebody in. Refused once known_place has a column more.
--
-- Each ALTER moves a key in one step, so that it never is on neither table. The
-- new keys have other names: for whom all is done, as for a twin that is late,
-- the statements find nothing to drop and nothing to add.
CREATE TABLE IF NOT EXISTS member_root (
	id UUID NOT NULL,
	PRIMARY KEY (id)
) ENGINE=InnoDB DEFAULT CHARACTER SET utf8mb4
  COLLATE utf8mb4_uca1400_ai_ci;

INSERT IGNORE INTO member_root (id)
SELECT id FROM member;

ALTER TABLE member
	ADD CONSTRAINT member_root FOREIGN KEY IF NOT EXISTS (id)
		REFERENCES member_root (id) ON DELETE CASCADE;

ALTER TABLE member_password
	DROP FOREIGN KEY IF EXISTS member_password_member,
	ADD CONSTRAINT member_password_root FOREIGN KEY IF NOT EXISTS (member)
		REFERENCES member_root (id) ON DELETE CASCADE;

ALTER TABLE member_detail
	DROP FOREIGN KEY IF EXISTS member_detail_member,
	ADD CONSTRAINT member_detail_root FOREIGN KEY IF NOT EXISTS (member)
		REFERENCES member_root (id) ON DELETE CASCADE;

ALTER TABLE session
	DROP FOREIGN KEY IF EXISTS session_member,
	ADD CONSTRAINT session_root FOREIGN KEY IF NOT EXISTS (member)
		REFERENCES member_root (id) ON DELETE CASCADE;

ALTER TABLE api_token
	DROP FOREIGN KEY IF EXISTS api_token_member,
	ADD CONSTRAINT api_token_root FOREIGN KEY IF NOT EXISTS (member)
		REFERENCES member_root (id) ON DELETE CASCADE;

ALTER TABLE link_token
	DROP FOREIGN KEY IF EXISTS link_token_member,
	ADD CONSTRAINT link_token_root FOREIGN KEY IF NOT EXISTS (member)
		REFERENCES member_root (id) ON DELETE CASCADE;

ALTER TABLE terms_acceptance
	DROP FOREIGN KEY IF EXISTS terms_acceptance_member,
	ADD CONSTRAINT terms_acceptance_root FOREIGN KEY IF NOT EXISTS (member)
		REFERENCES member_root (id) ON DELETE CASCADE;

ALTER TABLE appointment
	DROP FOREIGN KEY IF EXISTS appointment_member,
	ADD CONSTRAINT appointment_root FOREIGN KEY IF NOT EXISTS (member)
		REFERENCES member_root (id) ON DELETE CASCADE;

ALTER TABLE listing
	DROP FOREIGN KEY IF EXISTS listing_author,
	ADD CONSTRAINT listing_root FOREIGN KEY IF NOT EXISTS (author)
		REFERENCES member_root (id) ON DELETE CASCADE;

-- Each try to log in would move its entry.
ALTER TABLE attempt
	DROP KEY IF EXISTS attempt_free;

-- What is there has a digest of the old form, which nobody asks for any more,
-- and no proof: it expires. Who logs in is known anew.
ALTER TABLE known_place
	ADD COLUMN IF NOT EXISTS proof BINARY(32) NOT NULL AFTER digest;

-- Of members that were removed meanwhile. A root is locked before its member is
-- looked for, and that is what is there then (rows that a DELETE reads it
-- locks): of who joins at this moment the root is not there yet, or is waited
-- for and comes with the member.
DELETE root
FROM member_root AS root
LEFT JOIN member ON member.id = root.id
WHERE member.id IS NULL;
