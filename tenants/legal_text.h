/* legal_text.h: a community's terms of use and privacy notice, in the visitor's
 * language as far as there is one. */
#ifndef MISSIOND_TENANTS_LEGAL_TEXT_H
#define MISSIOND_TENANTS_LEGAL_TEXT_H

#include "tenants/config.h"
#include "text/catalogue.h"

/*
 * The text in the language, else in the community's own, else the first; NULL
 * when there is none at all. The community's terms_sha256 are made by the same
 * rule (tenants/community.h).
 */
const struct tenant_text *legal_text(const struct tenant_config *config,
	const struct tenant_terms *terms, enum language language);

#endif
