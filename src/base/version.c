/* SPDX-FileCopyrightText: 2026 cenalloc contributors */
/* SPDX-License-Identifier: MIT */

/* The version of the library. */
#include <cenalloc/version.h>

const char *cen_version(void)
{
	return CEN_VERSION;
}
