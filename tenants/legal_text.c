#include "tenants/legal_text.h"

#include <stddef.h>
#include <string.h>

static const struct tenant_text *
find(const struct tenant_terms *terms, const char *language)
{
	const struct tenant_text *texts = terms->texts.items;

	for (size_t i = 0; i < terms->texts.count; i++)
		if (strcmp(texts[i].language, language) == 0)
			return &texts[i];
	return NULL;
}

const struct tenant_text *
legal_text(const struct tenant_config *config, const struct tenant_terms *terms,
	enum language language)
{
	const struct tenant_text *text = find(terms, language_code(language));

	if (text == NULL)
		text = find(terms, config->language);
	if (text == NULL && terms->texts.count > 0)
		text = terms->texts.items;
	return text;
}
