/*
 * YAML files into the real tables: whatever the bytes, messages or a
 * configuration, and bounded. A community's is stored as JSON: what the
 * daemons read there is what the host wrote.
 */
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "base/error.h"
#include "conf/node.h"
#include "settings.h"
#include "tenants/config.h"
#include "tenants/config_difference.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
check_stored(struct arena *arena, const struct tenant_config *tenant)
{
	struct buffer json = BUFFER_EMPTY, again = BUFFER_EMPTY;
	struct tenant_config stored = {0};
	struct error error;

	tenant_config_write(tenant, &json);
	if (tenant_config_read(arena, json.data, json.length, &stored, &error) <
		0) {
		fprintf(stderr, "%s\n%s\n", error.text, buffer_text(&json));
		abort();
	}
	tenant_config_write(&stored, &again);
	if (strcmp(buffer_text(&json), buffer_text(&again)) != 0 ||
		config_difference(arena, tenant, &stored).count > 0) {
		fprintf(stderr, "%s\n%s\n", buffer_text(&json),
			buffer_text(&again));
		abort();
	}
	buffer_release(&json);
	buffer_release(&again);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct arena *arena = arena_new();
	const char *text = arena_copy(arena, data, size);
	struct conf_errors errors = {0}, more = {0};
	struct tenant_config tenant = {0};
	struct settings settings = {0};

	if (tenant_config_parse(arena, "fuzz.yaml", text, size, &tenant, NULL,
		    &errors) == 0) {
		if (errors.count > 0)
			abort();
		check_stored(arena, &tenant);
	} else if (errors.count == 0) {
		abort();
	}
	if ((settings_read(arena, "fuzz.yaml", text, size, &settings, &more) <
		    0) != (more.count > 0))
		abort();
	conf_errors_text(&errors);
	conf_errors_text(&more);
	conf_errors_release(&errors);
	conf_errors_release(&more);
	arena_free(arena);
	return 0;
}
