-- What a database administrator does once per cluster (and the supervisor at
-- every start of the private server): accounts, schemas and the procedures that
-- make communities' accounts. Idempotent. `missiond bootstrap-sql` prints it
-- with the passwords in place of {{registry_password}} and {{steward_password}}.
--
-- After this nobody needs CREATE USER at run time: whoever holds it can change
-- root's password. The procedures below belong to an account that cannot log
-- in, check their arguments, and are all that the steward may execute.

CREATE DATABASE IF NOT EXISTS missiond_control
	CHARACTER SET utf8mb4 COLLATE utf8mb4_uca1400_ai_ci;
CREATE DATABASE IF NOT EXISTS missiond_registry
	CHARACTER SET utf8mb4 COLLATE utf8mb4_uca1400_ai_ci;
CREATE DATABASE IF NOT EXISTS missiond_accounts
	CHARACTER SET utf8mb4 COLLATE utf8mb4_uca1400_ai_ci;

CREATE USER IF NOT EXISTS missiond_definer@localhost ACCOUNT LOCK;
CREATE USER IF NOT EXISTS missiond_steward@'%';
CREATE USER IF NOT EXISTS missiond_registry@'%';
ALTER USER missiond_steward@'%' IDENTIFIED BY '{{steward_password}}';
ALTER USER missiond_registry@'%' IDENTIFIED BY '{{registry_password}}';

-- CREATE USER here is what the procedures use; the account is locked.
GRANT CREATE USER, CONNECTION ADMIN, PROCESS ON *.* TO missiond_definer@localhost;
-- Communities' schemas have names of exactly this length: each _ of the pattern
-- is one character, so nobody else's schema falls under it by chance.
GRANT SELECT, INSERT, UPDATE, DELETE ON `community__________________________`.*
	TO missiond_definer@localhost WITH GRANT OPTION;
GRANT EXECUTE ON missiond_accounts.* TO missiond_definer@localhost;

GRANT SELECT, INSERT, UPDATE, DELETE, CREATE, ALTER, DROP, INDEX, REFERENCES,
	TRIGGER, CREATE VIEW, SHOW VIEW ON missiond_control.* TO missiond_steward@'%';
GRANT SELECT, CREATE, DROP, CREATE VIEW, SHOW VIEW, CREATE ROUTINE,
	ALTER ROUTINE, EXECUTE ON missiond_registry.* TO missiond_steward@'%';
GRANT EXECUTE ON missiond_accounts.* TO missiond_steward@'%';
-- DDL only: rows of a community are touched under its own account. The steward
-- reads nothing there but needs SELECT for foreign keys and triggers' tables.
GRANT CREATE, ALTER, DROP, INDEX, REFERENCES, TRIGGER ON `community__________________________`.*
	TO missiond_steward@'%';

GRANT SELECT, EXECUTE ON missiond_registry.* TO missiond_registry@'%';

DELIMITER //
-- Signals unless the key is 26 characters of Crockford base32 in lower case and
-- the password 64 hexadecimal digits: nothing else ever reaches the statements
-- that are put together below.
CREATE OR REPLACE
	DEFINER = missiond_definer@localhost
	PROCEDURE missiond_accounts.check_arguments(
		IN community_key VARCHAR(64), IN secret VARCHAR(128))
	NO SQL SQL SECURITY DEFINER
BEGIN
	IF community_key IS NULL OR NOT BINARY community_key
		REGEXP '^[0-9a-hjkmnp-tv-z]{26}$'
		OR CHAR_LENGTH(community_key) <> 26 THEN
		SIGNAL SQLSTATE '45000'
			SET MESSAGE_TEXT = 'not the key of a community';
	END IF;
	IF secret IS NULL OR NOT BINARY secret REGEXP '^[0-9a-f]{64}$'
		OR CHAR_LENGTH(secret) <> 64 THEN
		SIGNAL SQLSTATE '45000'
			SET MESSAGE_TEXT = 'not a derived password';
	END IF;
END//

-- Makes the account with its grants, or sets both again: it tolerates a twin
-- and a repetition. connections is its MAX_USER_CONNECTIONS.
CREATE OR REPLACE
	DEFINER = missiond_definer@localhost
	PROCEDURE missiond_accounts.community_account_create(
		IN community_key VARCHAR(64), IN secret VARCHAR(128),
		IN connections INT UNSIGNED)
	MODIFIES SQL DATA SQL SECURITY DEFINER
BEGIN
	DECLARE settings VARCHAR(400);
	DECLARE there BOOLEAN DEFAULT FALSE;

	CALL missiond_accounts.check_arguments(community_key, secret);
	IF connections IS NULL OR connections NOT BETWEEN 1 AND 100000 THEN
		SIGNAL SQLSTATE '45000'
			SET MESSAGE_TEXT = 'not a number of connections';
	END IF;
	SET settings = CONCAT(' ''community', community_key,
		'''@''%'' IDENTIFIED BY ''', secret,
		''' WITH MAX_USER_CONNECTIONS ', connections,
		' MAX_STATEMENT_TIME 30');
	-- Each of these is durable by itself: not a CREATE IF NOT EXISTS and
	-- then an ALTER for a new account. 1396: there is one.
	BEGIN
		DECLARE CONTINUE HANDLER FOR 1396 SET there = TRUE;
		EXECUTE IMMEDIATE CONCAT('CREATE USER', settings);
	END;
	IF there THEN
		EXECUTE IMMEDIATE CONCAT('ALTER USER', settings);
	END IF;
	EXECUTE IMMEDIATE CONCAT('GRANT SELECT, INSERT, UPDATE, DELETE ON ',
		'`community', community_key, '`.* TO ''community',
		community_key, '''@''%''');
END//

-- The account gets the password of another generation.
CREATE OR REPLACE
	DEFINER = missiond_definer@localhost
	PROCEDURE missiond_accounts.community_account_rotate(
		IN community_key VARCHAR(64), IN secret VARCHAR(128))
	MODIFIES SQL DATA SQL SECURITY DEFINER
BEGIN
	CALL missiond_accounts.check_arguments(community_key, secret);
	EXECUTE IMMEDIATE CONCAT('ALTER USER ''community', community_key,
		'''@''%'' IDENTIFIED BY ''', secret, '''');
END//

-- Shuts the community out: no new session, and the open ones are ended.
CREATE OR REPLACE
	DEFINER = missiond_definer@localhost
	PROCEDURE missiond_accounts.community_account_lock(
		IN community_key VARCHAR(64))
	MODIFIES SQL DATA SQL SECURITY DEFINER
BEGIN
	CALL missiond_accounts.check_arguments(community_key, REPEAT('0', 64));
	EXECUTE IMMEDIATE CONCAT('ALTER USER ''community', community_key,
		'''@''%'' ACCOUNT LOCK');
	EXECUTE IMMEDIATE CONCAT('KILL USER ''community', community_key,
		'''@''%''');
END//

CREATE OR REPLACE
	DEFINER = missiond_definer@localhost
	PROCEDURE missiond_accounts.community_account_unlock(
		IN community_key VARCHAR(64))
	MODIFIES SQL DATA SQL SECURITY DEFINER
BEGIN
	CALL missiond_accounts.check_arguments(community_key, REPEAT('0', 64));
	EXECUTE IMMEDIATE CONCAT('ALTER USER ''community', community_key,
		'''@''%'' ACCOUNT UNLOCK');
END//

CREATE OR REPLACE
	DEFINER = missiond_definer@localhost
	PROCEDURE missiond_accounts.community_account_drop(
		IN community_key VARCHAR(64))
	MODIFIES SQL DATA SQL SECURITY DEFINER
BEGIN
	CALL missiond_accounts.check_arguments(community_key, REPEAT('0', 64));
	EXECUTE IMMEDIATE CONCAT('DROP USER IF EXISTS ''community',
		community_key, '''@''%''');
END//
DELIMITER ;
