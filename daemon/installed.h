/* installed.h: where missiond was installed, known since it was built. */
#ifndef MISSIOND_INSTALLED_H
#define MISSIOND_INSTALLED_H

/* The folder of templates, texts, assets and SQL. */
extern const char installed_share[];

#endif
