-- What workers and the courier may see of the control schema, and the one thing
-- they may write: that something happened in a community. Their account has
-- SELECT and EXECUTE on this schema alone (schema/bootstrap.sql); the views run
-- with the steward's rights.

CREATE OR REPLACE SQL SECURITY DEFINER VIEW missiond_registry.domain AS
SELECT domain.domain, domain.community
FROM missiond_control.community_domain AS domain;

CREATE OR REPLACE SQL SECURITY DEFINER VIEW missiond_registry.community AS
SELECT community.id, community.slug, community.`key`, community.state,
	community.generation, community.schema_version, community.cluster,
	community.configuration
FROM missiond_control.community AS community;

CREATE OR REPLACE SQL SECURITY DEFINER VIEW missiond_registry.community_state AS
SELECT moved.community, moved.epoch, moved.settings_epoch, moved.mail_epoch,
	moved.moved_at, moved.due_at
FROM missiond_control.community_state AS moved;

DELIMITER //
-- Moves the epochs of a batch: [{"community": "<uuid>", "kinds": 1..7}, …] with
-- the bits of enum epoch_kind (tenants/epoch.h): 1 content, 2 settings, 4 mail.
CREATE OR REPLACE PROCEDURE missiond_registry.community_moved(IN moved JSON)
	SQL SECURITY DEFINER
	MODIFIES SQL DATA
BEGIN
	-- Readers poll by moved_at: it never goes back, even when the clock does.
	DECLARE latest DATETIME(6);

	SELECT MAX(state.moved_at) INTO latest
	FROM missiond_control.community_state AS state;
	SET latest = GREATEST(UTC_TIMESTAMP(6), COALESCE(latest, UTC_TIMESTAMP(6)));
	INSERT INTO missiond_control.community_state
		(community, epoch, settings_epoch, mail_epoch, moved_at)
	SELECT known.id, 1, (batch.kinds & 2) DIV 2,
		(batch.kinds & 4) DIV 4, latest
	FROM JSON_TABLE(moved, '$[*]' COLUMNS (
		community CHAR(36) PATH '$.community',
		kinds BIGINT PATH '$.kinds')) AS batch
	JOIN missiond_control.community AS known
		ON known.id = CAST(batch.community AS UUID)
	ORDER BY known.id
	ON DUPLICATE KEY UPDATE
		epoch = community_state.epoch + 1,
		settings_epoch = community_state.settings_epoch
			+ VALUES(settings_epoch),
		mail_epoch = community_state.mail_epoch + VALUES(mail_epoch),
		moved_at = VALUES(moved_at);
END//
DELIMITER ;
