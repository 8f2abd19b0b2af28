-- Offers and requests.

-- number orders what was posted in the same microsecond and is never shown.
-- price is in minor units of currency; exchange says what is wanted or given
-- instead of money. category is the slug of the community's configuration.
-- excerpt is how body begins, in plain text: lists show it and read no body.
CREATE TABLE IF NOT EXISTS listing (
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
	CONSTRAINT listing_author FOREIGN KEY (author)
		REFERENCES member (id) ON DELETE CASCADE
) ENGINE=InnoDB DEFAULT CHARACTER SET utf8mb4
  COLLATE utf8mb4_uca1400_ai_ci;
