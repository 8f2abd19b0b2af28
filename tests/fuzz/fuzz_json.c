/* JSON bodies and stored configurations. */
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/error.h"
#include "tenants/config.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct arena *arena = arena_new();
	struct tenant_config config = {0};
	struct error error;

	tenant_config_read(arena, (const char *)data, size, &config, &error);
	arena_free(arena);
	return 0;
}
