-- Mail that waits for the courier. A claim writes claimed_until and a higher
-- fence, committed, before anything is sent; claimed_by is whose claim it is, so
-- that the next courier of the same daemon need not wait for its end. Sent and
-- failed rows lose their body at once and are removed by retention.
CREATE TABLE IF NOT EXISTS outbox (
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
