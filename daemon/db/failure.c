#include "db/failure.h"

#include <errmsg.h>
#include <mysqld_error.h>

#include "base/record.h"

/* Of MariaDB, missing in the client's headers: the account is locked. */
#define ACCOUNT_LOCKED 4151
/* Of a Galera node without quorum. */
#define NODE_NOT_READY ER_UNKNOWN_COM_ERROR

enum trait {
	LOSS = 1,    /* of the connection */
	SAFE = 2,    /* the text may be logged */
	ACCOUNT = 4, /* concerns the account, not the server */
	GONE = 8,    /* server or session ended */
	FULL = 16    /* the server is there, but has no room for another */
};

static const struct meaning {
	unsigned number;
	enum db_failure kind;
	unsigned traits;
} meanings[] = {
	{ER_DUP_ENTRY, DB_FAILURE_DUPLICATE, 0},
	{ER_DUP_ENTRY_WITH_KEY_NAME, DB_FAILURE_DUPLICATE, 0},
	{ER_NO_REFERENCED_ROW_2, DB_FAILURE_ORPHAN, SAFE},

	{ER_LOCK_DEADLOCK, DB_FAILURE_CONFLICT, SAFE},
	{ER_LOCK_WAIT_TIMEOUT, DB_FAILURE_CONFLICT, SAFE},

	{ER_DBACCESS_DENIED_ERROR, DB_FAILURE_REFUSED, SAFE | ACCOUNT},
	{ER_ACCESS_DENIED_ERROR, DB_FAILURE_REFUSED, SAFE | ACCOUNT},
	{ER_TABLEACCESS_DENIED_ERROR, DB_FAILURE_REFUSED, SAFE | ACCOUNT},
	{ER_COLUMNACCESS_DENIED_ERROR, DB_FAILURE_REFUSED, SAFE | ACCOUNT},
	{ER_SPECIFIC_ACCESS_DENIED_ERROR, DB_FAILURE_REFUSED, SAFE | ACCOUNT},
	{ER_PROCACCESS_DENIED_ERROR, DB_FAILURE_REFUSED, SAFE | ACCOUNT},
	{ER_ACCESS_DENIED_NO_PASSWORD_ERROR, DB_FAILURE_REFUSED,
		SAFE | ACCOUNT},
	{ER_SIGNAL_EXCEPTION, DB_FAILURE_REFUSED, SAFE},
	{ACCOUNT_LOCKED, DB_FAILURE_REFUSED, SAFE | ACCOUNT},

	{ER_OPTION_PREVENTS_STATEMENT, DB_FAILURE_READ_ONLY, SAFE},

	{ER_CON_COUNT_ERROR, DB_FAILURE_UNAVAILABLE, LOSS | SAFE | FULL},
	{ER_CANT_CREATE_THREAD, DB_FAILURE_UNAVAILABLE, LOSS | SAFE | FULL},
	{ER_TOO_MANY_USER_CONNECTIONS, DB_FAILURE_UNAVAILABLE,
		LOSS | SAFE | ACCOUNT},
	{ER_USER_LIMIT_REACHED, DB_FAILURE_UNAVAILABLE, LOSS | SAFE | ACCOUNT},
	{ER_HOST_IS_BLOCKED, DB_FAILURE_UNAVAILABLE, LOSS | SAFE},
	{ER_HOST_NOT_PRIVILEGED, DB_FAILURE_UNAVAILABLE, LOSS | SAFE},
	{ER_BAD_DB_ERROR, DB_FAILURE_UNAVAILABLE, SAFE | ACCOUNT},
	{NODE_NOT_READY, DB_FAILURE_UNAVAILABLE, LOSS | SAFE},
	{ER_SERVER_SHUTDOWN, DB_FAILURE_UNAVAILABLE, LOSS | SAFE | GONE},
	{ER_NORMAL_SHUTDOWN, DB_FAILURE_UNAVAILABLE, LOSS | SAFE | GONE},
	{ER_CONNECTION_KILLED, DB_FAILURE_UNAVAILABLE, LOSS | SAFE | GONE},
	{ER_ABORTING_CONNECTION, DB_FAILURE_UNAVAILABLE, LOSS | SAFE},
	{ER_NEW_ABORTING_CONNECTION, DB_FAILURE_UNAVAILABLE, LOSS | SAFE},
	{ER_NET_READ_ERROR, DB_FAILURE_UNAVAILABLE, LOSS | SAFE},
	{ER_NET_READ_INTERRUPTED, DB_FAILURE_UNAVAILABLE, LOSS | SAFE},
	{ER_NET_ERROR_ON_WRITE, DB_FAILURE_UNAVAILABLE, LOSS | SAFE},
	{ER_NET_WRITE_INTERRUPTED, DB_FAILURE_UNAVAILABLE, LOSS | SAFE},
	{ER_QUERY_INTERRUPTED, DB_FAILURE_UNAVAILABLE, SAFE},
	{ER_STATEMENT_TIMEOUT, DB_FAILURE_UNAVAILABLE, SAFE},
	{ER_DISK_FULL, DB_FAILURE_UNAVAILABLE, SAFE},
	{ER_RECORD_FILE_FULL, DB_FAILURE_UNAVAILABLE, SAFE},
	{ER_OUTOFMEMORY, DB_FAILURE_UNAVAILABLE, SAFE},
	{ER_OUT_OF_RESOURCES, DB_FAILURE_UNAVAILABLE, SAFE | FULL},

	{CR_SERVER_GONE_ERROR, DB_FAILURE_UNAVAILABLE, LOSS | SAFE | GONE},
	{CR_SERVER_LOST, DB_FAILURE_UNAVAILABLE, LOSS | SAFE | GONE},
	/* Over TLS, where 2013 comes over a plain socket. */
	{CR_SSL_CONNECTION_ERROR, DB_FAILURE_UNAVAILABLE, LOSS | SAFE | GONE},
	{CR_SERVER_LOST_EXTENDED, DB_FAILURE_UNAVAILABLE, LOSS | SAFE | GONE},

	{ER_BAD_NULL_ERROR, DB_FAILURE_DEFECT, SAFE},
	{ER_BAD_FIELD_ERROR, DB_FAILURE_DEFECT, SAFE},
	{ER_PARSE_ERROR, DB_FAILURE_DEFECT, SAFE},
	{ER_WRONG_VALUE_COUNT_ON_ROW, DB_FAILURE_DEFECT, SAFE},
	{ER_NO_SUCH_TABLE, DB_FAILURE_DEFECT, SAFE},
	{ER_SP_DOES_NOT_EXIST, DB_FAILURE_DEFECT, SAFE},
	{ER_SP_WRONG_NO_OF_ARGS, DB_FAILURE_DEFECT, SAFE},
	{ER_WARN_DATA_OUT_OF_RANGE, DB_FAILURE_DEFECT, SAFE},
	{ER_NO_DEFAULT_FOR_FIELD, DB_FAILURE_DEFECT, SAFE},
	{ER_DATA_TOO_LONG, DB_FAILURE_DEFECT, SAFE},
	{ER_ROW_IS_REFERENCED_2, DB_FAILURE_DEFECT, SAFE},
	{ER_CONSTRAINT_FAILED, DB_FAILURE_DEFECT, SAFE},
};

static const struct meaning *
meaning_of(unsigned number)
{
	/* The client library's own errors: no server, or a broken dialogue. */
	static const struct meaning of_client = {
		0, DB_FAILURE_UNAVAILABLE, LOSS | SAFE};
	static const struct meaning other = {0, DB_FAILURE_DEFECT, 0};

	for (size_t i = 0; i < COUNT_OF(meanings); i++)
		if (meanings[i].number == number)
			return &meanings[i];
	return IS_MYSQL_ERROR(number) || IS_MARIADB_ERROR(number) ? &of_client
								  : &other;
}

enum db_failure
failure_kind(unsigned number)
{
	return meaning_of(number)->kind;
}

bool
failure_is_loss(unsigned number)
{
	return (meaning_of(number)->traits & LOSS) != 0;
}

bool
failure_is_gone(unsigned number)
{
	return (meaning_of(number)->traits & GONE) != 0;
}

bool
failure_is_of_account(unsigned number)
{
	return (meaning_of(number)->traits & ACCOUNT) != 0;
}

bool
failure_is_full(unsigned number)
{
	return (meaning_of(number)->traits & FULL) != 0;
}

bool
failure_is_of_password(unsigned number)
{
	return number == ER_ACCESS_DENIED_ERROR ||
	       number == ER_ACCESS_DENIED_NO_PASSWORD_ERROR;
}

bool
failure_is_conflict(unsigned number)
{
	return meaning_of(number)->kind == DB_FAILURE_CONFLICT;
}

bool
failure_is_unsent(unsigned number)
{
	return number == CR_SERVER_GONE_ERROR;
}

bool
failure_text_is_safe(unsigned number)
{
	return (meaning_of(number)->traits & SAFE) != 0;
}
