#include "db/connection.h"

#include <sys/socket.h>

#include <errmsg.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "base/memory.h"
#include "db/failure.h"
#include "db/hook.h"
#include "db/pool.h"
#include "db/prepared.h"

/*
 * What every session must have; COM_CHANGE_USER puts all of it back to the
 * server's defaults. Durations are in seconds; lock waits are kept below the
 * time a visitor waits for.
 */
static const char session_sql[] =
	"SET NAMES utf8mb4 COLLATE utf8mb4_uca1400_ai_ci, "
	"time_zone = '+00:00', "
	"tx_isolation = 'READ-COMMITTED', "
	"sql_mode = 'STRICT_ALL_TABLES,NO_ZERO_IN_DATE,NO_ZERO_DATE,"
	"ERROR_FOR_DIVISION_BY_ZERO,NO_ENGINE_SUBSTITUTION', "
	"innodb_lock_wait_timeout = 5, "
	"lock_wait_timeout = 20";

void
login_fill(struct login *login, const struct db_account *account)
{
	int user =
		snprintf(login->user, sizeof(login->user), "%s", account->user);
	int schema = snprintf(login->schema, sizeof(login->schema), "%s",
		account->schema == NULL ? "" : account->schema);

	if (user >= (int)sizeof(login->user) ||
		schema >= (int)sizeof(login->schema))
		log_defect("db", "account name too long");
	account->password(account->owner, login->password);
}

bool
login_is_outdated(const struct login *login, const struct db_account *account,
	unsigned number)
{
	return failure_is_of_password(number) && account->denied != NULL &&
	       account->denied(account->owner, login->password);
}

void
login_wipe(struct login *login)
{
	explicit_bzero(login->password, sizeof(login->password));
}

struct connection *
connection_new(struct map *agreed)
{
	struct connection *connection = memory_new(1, sizeof(*connection));

	connection->state = CONNECTION_CONNECTING;
	connection->agreed = agreed;
	TAILQ_INIT(&connection->prepared);
	return connection;
}

int
connection_failed(struct connection *connection, struct failure *failure)
{
	failure->number = mysql_errno(connection->handle);
	snprintf(failure->text, sizeof(failure->text), "%s",
		mysql_error(connection->handle));
	if (failure_is_loss(failure->number))
		connection->lost = true;
	return -1;
}

int
statement_failed(struct connection *connection, MYSQL_STMT *statement,
	struct failure *failure)
{
	failure->number = mysql_stmt_errno(statement);
	snprintf(failure->text, sizeof(failure->text), "%s",
		mysql_stmt_error(statement));
	/* Some paths of the library set only the connection's error. */
	if (failure->number == 0)
		return connection_failed(connection, failure);
	if (failure_is_loss(failure->number))
		connection->lost = true;
	return -1;
}

static void
set_options(MYSQL *handle, const struct db_address *address)
{
	const unsigned off = 0;
	const my_bool on = 1;

	hook_install(handle);
	mysql_options(handle, MYSQL_SET_CHARSET_NAME, "utf8mb4");
	mysql_options(handle, MYSQL_OPT_LOCAL_INFILE, &off);
	/* Never the plugins that send a password in clear. */
	mysql_options(handle, MARIADB_OPT_RESTRICTED_AUTH,
		"mysql_native_password,client_ed25519");
	mysql_optionsv(
		handle, MYSQL_OPT_CONNECT_ATTR_ADD, "program_name", "missiond");
	if (address->socket == NULL && address->ca_file != NULL) {
		mysql_options(handle, MYSQL_OPT_SSL_CA, address->ca_file);
		mysql_options(handle, MYSQL_OPT_SSL_ENFORCE, &on);
		mysql_options(handle, MYSQL_OPT_SSL_VERIFY_SERVER_CERT, &on);
	}
}

/* The library keeps a copy that nobody needs any more. */
static void
wipe_password(MYSQL *handle)
{
	if (handle->passwd != NULL)
		explicit_bzero(handle->passwd, strlen(handle->passwd));
}

static const char *
schema_of(const struct login *login)
{
	return login->schema[0] == '\0' ? NULL : login->schema;
}

static void
note_login(struct connection *connection, const struct login *login)
{
	snprintf(connection->user, sizeof(connection->user), "%s", login->user);
	snprintf(connection->schema, sizeof(connection->schema), "%s",
		login->schema);
}

bool
connection_serves(
	const struct connection *connection, const struct db_account *account)
{
	const char *schema = account->schema == NULL ? "" : account->schema;

	return strcmp(connection->user, account->user) == 0 &&
	       strcmp(connection->schema, schema) == 0;
}

int
connection_open(struct connection *connection, const struct db_address *address,
	const struct login *login, struct failure *failure)
{
	const my_bool skip = 1;
	MYSQL *opened;

	connection->handle = mysql_init(NULL);
	if (connection->handle == NULL)
		log_defect("db", "out of memory");
	set_options(connection->handle, address);
	opened = mysql_real_connect(connection->handle,
		address->socket != NULL ? NULL : address->host, login->user,
		login->password, schema_of(login), address->port,
		address->socket, CLIENT_FOUND_ROWS);
	wipe_password(connection->handle);
	if (opened == NULL) {
		connection_failed(connection, failure);
		connection->lost = true;
		return -1;
	}
	mysql_options(
		connection->handle, MARIADB_OPT_SKIP_READ_RESPONSE, &skip);
	connection->thread = mysql_thread_id(connection->handle);
	note_login(connection, login);
	return connection_say(connection, session_sql, failure);
}

int
connection_switch(struct connection *connection, const struct login *login,
	struct failure *failure)
{
	my_bool refused;

	/* Before anything else, so that no error leaves the old ones usable. */
	prepared_forget_all(connection);
	connection->user[0] = '\0';
	if (connection_settle(connection, failure) != 0)
		return -1;
	refused = mysql_change_user(connection->handle, login->user,
		login->password, schema_of(login));
	wipe_password(connection->handle);
	if (refused) {
		connection_failed(connection, failure);
		connection->lost = true;
		return -1;
	}
	note_login(connection, login);
	return connection_say(connection, session_sql, failure);
}

void
connection_close(struct connection *connection)
{
	if (connection == NULL)
		return;
	prepared_forget_all(connection);
	if (connection->handle != NULL)
		mysql_close(connection->handle);
	free(connection);
}

bool
connection_is_alive(const struct connection *connection)
{
	my_socket descriptor = mysql_get_socket(connection->handle);
	char byte;

	if (connection->lost || descriptor == MARIADB_INVALID_SOCKET)
		return false;
	/* What is unread may have come already. */
	if (connection->unread > 0)
		return true;
	return recv(descriptor, &byte, 1, MSG_PEEK | MSG_DONTWAIT) < 0 &&
	       (errno == EAGAIN || errno == EWOULDBLOCK);
}

int
connection_say(
	struct connection *connection, const char *sql, struct failure *failure)
{
	if (mysql_send_query(connection->handle, sql, strlen(sql)) != 0)
		return connection_failed(connection, failure);
	connection->unread++;
	return 0;
}

int
connection_read(struct connection *connection, struct failure *failure)
{
	while (connection->unread > 0) {
		connection->unread--;
		if (mysql_read_query_result(connection->handle) == 0)
			continue;
		/* Whoever said something after this cannot know. */
		if (connection->unread > 0)
			connection->lost = true;
		return connection_failed(connection, failure);
	}
	return 0;
}

int
connection_settle(struct connection *connection, struct failure *failure)
{
	if (connection_read(connection, failure) == 0)
		return 0;
	connection->lost = true;
	return -1;
}
