/*
 * client.h: Connector/C's header, without the old names that collide with
 * base/record.h. The only place that includes it.
 */
#ifndef MISSIOND_DB_CLIENT_H
#define MISSIOND_DB_CLIENT_H

#include <mysql.h>

#undef FIELD_TYPE_TIME

#endif
