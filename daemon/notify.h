/* notify.h: telling systemd how it goes (sd_notify(3)): a datagram to
 * $NOTIFY_SOCKET, nothing where that is not set. */
#ifndef MISSIOND_NOTIFY_H
#define MISSIOND_NOTIFY_H

/* "READY=1", "STOPPING=1", "STATUS=…"; lines separated by '\n'. */
void notify_send(const char *state);

#endif
