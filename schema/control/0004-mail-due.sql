DELIMITER //
-- community_state.due_at is when a community's mail is next to be looked at,
-- NULL when none waits: so a courier that was started knows where to look
-- without looking into every community. Mail that moved is due at once.
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
		(community, epoch, settings_epoch, mail_epoch, moved_at, due_at)
	SELECT known.id, 1, (batch.kinds & 2) DIV 2,
		(batch.kinds & 4) DIV 4, latest,
		IF(batch.kinds & 4, UTC_TIMESTAMP(6), NULL)
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
		moved_at = VALUES(moved_at),
		due_at = COALESCE(VALUES(due_at), community_state.due_at);
END//

-- What a look at a community's mail found: how many microseconds until a mail is
-- due, NULL when none waits. `seen` is mail_epoch before the look; when mail has
-- moved since, it is due as it stands.
CREATE OR REPLACE PROCEDURE missiond_registry.community_mail_seen(
	IN looked_into UUID, IN seen BIGINT, IN microseconds BIGINT)
	SQL SECURITY DEFINER
	MODIFIES SQL DATA
UPDATE missiond_control.community_state AS state
SET state.due_at = UTC_TIMESTAMP(6) + INTERVAL microseconds MICROSECOND
WHERE state.community = looked_into AND state.mail_epoch = seen//
DELIMITER ;
