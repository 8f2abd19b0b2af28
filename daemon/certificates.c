#include "certificates.h"

#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <string.h>
#include <unistd.h>

#include "base/arena.h"
#include "base/buffer.h"
#include "base/error.h"
#include "channel.h"
#include "crypto/digest.h"
#include "http/tls.h"
#include "settings.h"

#define FILE_LIMIT ((size_t)200 * 1024)

static int
read_file(struct arena *arena, const char *path, struct slice *slice,
	struct error *error)
{
	char *data = arena_alloc(arena, FILE_LIMIT);
	size_t length = 0;
	ssize_t got;
	int descriptor = open(path, O_RDONLY | O_CLOEXEC);

	if (descriptor < 0)
		return error_set(error, "%s: %s", path, strerror(errno));
	while ((got = read(descriptor, data + length, FILE_LIMIT - length)) > 0)
		length += (size_t)got;
	close(descriptor);
	if (got < 0)
		return error_set(error, "%s: %s", path, strerror(errno));
	if (length == FILE_LIMIT)
		return error_set(
			error, "%s: larger than %zu bytes", path, FILE_LIMIT);
	*slice = (struct slice){(unsigned char *)data, length};
	return 0;
}

int
certificates_read(struct arena *arena, const struct settings *settings,
	struct record_list *ret_certificates, struct error *error)
{
	const struct settings_certificate *files = settings->certificates.items;
	size_t count = settings->certificates.count;
	struct tls_certificate *items =
		arena_array(arena, count, sizeof(*items));
	struct tls *trial;

	for (size_t i = 0; i < count; i++) {
		items[i].domains = files[i].domains;
		items[i].fallback = files[i].fallback;
		if (read_file(arena, files[i].certificate,
			    &items[i].certificate, error) < 0 ||
			read_file(arena, files[i].key, &items[i].key, error) <
				0)
			return -1;
	}
	*ret_certificates = (struct record_list){items, count};
	if (count == 0)
		return 0;
	trial = tls_new(items, count, NULL, error);
	tls_drop(trial);
	return trial == NULL ? -1 : 0;
}

void
certificates_send(
	const struct record_list *certificates, struct channel *channel)
{
	const struct tls_certificate *items = certificates->items;

	for (size_t i = 0; i < certificates->count; i++) {
		const char *const *domains = items[i].domains.items;
		struct buffer names = BUFFER_EMPTY, message = BUFFER_EMPTY;
		uint32_t lengths[4];

		for (size_t j = 0; j < items[i].domains.count; j++)
			buffer_add(&names, domains[j], strlen(domains[j]) + 1);
		lengths[0] = (uint32_t)names.length;
		lengths[1] = (uint32_t)items[i].certificate.length;
		lengths[2] = (uint32_t)items[i].key.length;
		lengths[3] = items[i].fallback;
		buffer_add(&message, lengths, sizeof(lengths));
		buffer_add(&message, names.data, names.length);
		buffer_add(&message, items[i].certificate.data, lengths[1]);
		buffer_add(&message, items[i].key.data, lengths[2]);
		channel_send(channel, CHANNEL_CERTIFICATE, message.data,
			message.length);
		buffer_release(&message);
		buffer_release(&names);
	}
}

void
certificates_wipe(const struct record_list *certificates)
{
	const struct tls_certificate *items = certificates->items;

	for (size_t i = 0; i < certificates->count; i++)
		digest_wipe((void *)(uintptr_t)items[i].key.data,
			items[i].key.length);
}
