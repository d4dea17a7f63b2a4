/* SPDX-FileCopyrightText: 2026 cenalloc contributors */
/* SPDX-License-Identifier: MIT */

/* A shared object that is no backend. */
__attribute__((visibility("default"))) int something_else(void);

__attribute__((visibility("default"))) int something_else(void)
{
	return 0;
}
