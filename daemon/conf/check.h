/* check.h: checks of single values for tables of keys (conf_key.check): NULL,
 * or what was expected. */
#ifndef MISSIOND_CONF_CHECK_H
#define MISSIOND_CONF_CHECK_H

const char *conf_check_path(const char *text);	   /* absolute */
const char *conf_check_endpoint(const char *text); /* address:port */
const char *conf_check_network(const char *text);  /* address[/bits] */
const char *conf_check_address(const char *text);  /* numeric */
/* A name, no address; may begin "*." */
const char *conf_check_domain(const char *text);
const char *conf_check_host(const char *text); /* a domain, no "*." */
const char *conf_check_word(const char *text); /* [a-z0-9-]+ */
/* Not empty, one line, nothing that cannot be seen. */
const char *conf_check_line(const char *text);
const char *conf_check_email(const char *text);
const char *conf_check_contact(const char *text); /* mailto:, https: */
const char *conf_check_colour(const char *text);  /* #rrggbb */

#endif
