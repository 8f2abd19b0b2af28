/* YAML files: whatever the bytes, an error or a tree, and bounded. */
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "conf/node.h"
#include "settings.h"
#include "tenants/config.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct arena *arena = arena_new();
	const char *text = arena_copy(arena, data, size);
	struct conf_errors errors = {0};
	struct tenant_config tenant;
	struct settings settings;

	tenant_config_parse(
		arena, "fuzz.yaml", text, size, &tenant, NULL, &errors);
	settings_read(arena, "fuzz.yaml", text, size, &settings, &errors);
	conf_errors_text(&errors);
	conf_errors_release(&errors);
	arena_free(arena);
	return 0;
}
