#include "child_configuration.h"

#include <stdint.h>
#include <string.h>

#include "base/arena.h"
#include "base/file.h"
#include "base/log.h"
#include "child.h"
#include "conf/node.h"
#include "http/tls.h"

#define CERTIFICATES_MOST 1000

void
child_configuration_free(struct child_configuration *configuration)
{
	if (configuration == NULL)
		return;
	file_set_free(configuration->share);
	arena_free(configuration->arena);
}

struct child_configuration *
child_configuration_next(struct child *child)
{
	struct arena *arena;

	if (child->next == NULL) {
		arena = arena_new();
		child->next = ARENA_NEW(arena, struct child_configuration);
		child->next->arena = arena;
		child->next->share = file_set_new();
		child->next->certificates.items = arena_array(arena,
			CERTIFICATES_MOST, sizeof(struct tls_certificate));
	}
	return child->next;
}

/* The supervisor checked the very same bytes: an error here is a defect. */
void
child_take_settings(
	struct child *child, const unsigned char *data, size_t length)
{
	struct child_configuration *next = child_configuration_next(child);
	struct conf_errors errors = {0};
	const char *text = arena_copy(next->arena, data, length);

	if (settings_read(next->arena, "missiond.yaml", text, length,
		    &next->settings, &errors) < 0)
		log_defect("child", "settings: %s", conf_errors_text(&errors));
	conf_errors_release(&errors);
}

void
child_take_file(struct child *child, const unsigned char *data, size_t length)
{
	size_t path = strnlen((const char *)data, length);

	if (path == length)
		log_defect("child", "a file of %zu bytes", length);
	file_set_add(child_configuration_next(child)->share, (const char *)data,
		data + path + 1, length - path - 1);
}

void
child_take_authority(
	struct child *child, const unsigned char *data, size_t length)
{
	struct child_configuration *next = child_configuration_next(child);

	next->authority = (struct slice){
		(const unsigned char *)arena_copy(next->arena, data, length),
		length};
}

static struct record_list
split_domains(struct arena *arena, const char *text, size_t length)
{
	const char *copy = arena_copy(arena, text, length);
	const char **items = arena_array(arena, length + 1, sizeof(*items));
	size_t count = 0;

	for (const char *end = copy + length; copy < end;
		copy += strlen(copy) + 1)
		items[count++] = copy;
	return (struct record_list){items, count};
}

/* Three 32-bit lengths and whether it is the fallback, then domains (each with
 * NUL), chain and key. */
void
child_take_certificate(
	struct child *child, const unsigned char *data, size_t length)
{
	struct child_configuration *next = child_configuration_next(child);
	struct tls_certificate *items =
		(struct tls_certificate *)(uintptr_t)next->certificates.items;
	struct tls_certificate *item;
	uint32_t lengths[4];
	const unsigned char *bytes = data + sizeof(lengths);

	if (length < sizeof(lengths) ||
		next->certificates.count == CERTIFICATES_MOST)
		log_defect("child", "certificates");
	memcpy(lengths, data, sizeof(lengths));
	if ((uint64_t)lengths[0] + lengths[1] + lengths[2] + sizeof(lengths) !=
		length)
		log_defect("child", "a certificate of %zu bytes", length);
	item = &items[next->certificates.count++];
	item->domains =
		split_domains(next->arena, (const char *)bytes, lengths[0]);
	bytes += lengths[0];
	item->certificate =
		(struct slice){(const unsigned char *)arena_copy(
				       next->arena, bytes, lengths[1]),
			lengths[1]};
	item->fallback = lengths[3] != 0;
	bytes += lengths[1];
	item->key = (struct slice){(const unsigned char *)arena_copy(
					   next->arena, bytes, lengths[2]),
		lengths[2]};
}

/* TLS has its own copies by now. */
void
child_wipe_keys(struct child_configuration *configuration)
{
	const struct tls_certificate *items = configuration->certificates.items;

	for (size_t i = 0; i < configuration->certificates.count; i++)
		digest_wipe((void *)(uintptr_t)items[i].key.data,
			items[i].key.length);
}
