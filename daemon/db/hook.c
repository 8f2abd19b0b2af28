#include "db/hook.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stddef.h>

#include "base/log.h"
#include "loop/task.h"

/* Exported for the library's plugins: calls `seen` after every read and before
 * every write of every connection. Its headers do not declare it. */
int ma_pvio_register_callback(
	my_bool add, void (*seen)(int mode, MYSQL *handle,
			     const unsigned char *data, size_t length));

/* The library gives its socket as it made it: blocking (TLS would then block
 * the loop inside SSL_read) and open across exec. */
static int
make_non_blocking(my_socket descriptor)
{
	int flags = fcntl(descriptor, F_GETFL);

	if (flags < 0)
		return -1;
	if ((flags & O_NONBLOCK) != 0)
		return 0;
	if (fcntl(descriptor, F_SETFL, flags | O_NONBLOCK) < 0)
		return -1;
	return fcntl(descriptor, F_SETFD, FD_CLOEXEC);
}

/*
 * Called by the library for reading, writing, TLS and connecting; > 0: ready,
 * 0: too late, < 0: error. Its timeout is ignored on purpose (it passes
 * seconds for milliseconds): the task's deadline rules. After 0 with ETIMEDOUT
 * the call under way fails with 2013, and the server does not know.
 */
static int
wait_for_socket(my_socket descriptor, my_bool is_read, int unused)
{
	(void)unused;
	if (make_non_blocking(descriptor) != 0)
		return -1;
	/* Outside tasks a connection or a statement is closed, which need not
	 * succeed: a connection that cannot say so is closed by the library. */
	if (task_current() == NULL ||
		task_wait_descriptor(descriptor,
			is_read ? TASK_READABLE : TASK_WRITABLE,
			0) != TASK_READY) {
		errno = ETIMEDOUT;
		return 0;
	}
	return 1;
}

/*
 * After connecting over TCP the library makes the socket blocking again, and
 * when the server's greeting is there already, nothing waits before TLS
 * begins. So the socket is also made non-blocking when the greeting was read:
 * the thread id it brings is not known yet.
 */
static void
greeting_read(int mode, MYSQL *handle, const unsigned char *data, size_t length)
{
	int (*wait)(my_socket, my_bool, int) = NULL;

	(void)mode;
	(void)data;
	(void)length;
	if (handle->thread_id != 0 ||
		mysql_get_optionv(handle, MARIADB_OPT_IO_WAIT, &wait) != 0 ||
		wait != wait_for_socket)
		return;
	/* If it fails, the hook fails as well, and says so. */
	make_non_blocking(mysql_get_socket(handle));
}

void
hook_install(MYSQL *handle)
{
	static bool registered;

	if (!registered && ma_pvio_register_callback(1, greeting_read) != 0)
		log_defect("db", "Connector/C takes no callback");
	registered = true;
	if (mysql_optionsv(
		    handle, MARIADB_OPT_IO_WAIT, (void *)wait_for_socket) != 0)
		log_defect("db", "Connector/C has no MARIADB_OPT_IO_WAIT");
}
