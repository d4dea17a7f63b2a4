/* SPDX-FileCopyrightText: 2026 cenalloc contributors */
/* SPDX-License-Identifier: MIT */

/* Beginning. */
#include "setup.h"

#include <err.h>
#include <errno.h>
#include <signal.h>
#include <string.h>
#include <sys/signalfd.h>

int explain(struct cen_error *error, int ret)
{
	if (ret < 0)
		warnx("%s", error ? cen_error_get_message(error) : strerror(-ret));
	cen_error_destroy(error);
	return ret;
}

int find_device(const struct cen_machine *machine, const char *path, uint32_t usage, const struct cen_device **out,
		struct cen_error **error)
{
	const struct cen_device *device;

	if (path)
		return cen_machine_find_device(machine, path, out, error);
	for (size_t i = 0; (device = cen_machine_get_device(machine, i)); i++) {
		if (cen_device_get_usages(device) & CEN_USAGE_BIT(usage) && cen_device_get_access(device) == 0) {
			*out = device;
			return 0;
		}
	}
	return -ENODEV;
}

int open_signals(void)
{
	sigset_t set;
	int fd;

	sigemptyset(&set);
	sigaddset(&set, SIGINT);
	sigaddset(&set, SIGTERM);
	sigprocmask(SIG_BLOCK, &set, NULL);
	fd = signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
	if (fd < 0)
		warn("signalfd");
	return fd;
}
