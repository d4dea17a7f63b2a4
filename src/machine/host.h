/* SPDX-FileCopyrightText: 2026 cenalloc contributors */
/* SPDX-License-Identifier: MIT */

/* The host's side of the plug-in ABI: services, and the operation under way. */
#pragma once

#include <stdbool.h>

#include <cenalloc/backend.h>
#include <cenalloc/error.h>

#include "registry.h"

struct cen_machine;

enum backend_operation {
	OPERATION_OPEN,
	OPERATION_LIST,
	OPERATION_DESCRIBE,
	OPERATION_TRY_IMPORT,
	OPERATION_ALLOCATE,
	OPERATION_SYNC,
};

/* What a backend said about a failure with cen_host.fail(). A plain value: it travels through a pipe. */
struct call_failure {
	int errnum; /* positive; 0: nothing was said */
	char call[64];
	char message[512];
};

/* An operation under way. Filled by the host with what the operation may answer to. */
struct cen_call {
	struct cen_context *ctx;
	struct backend_instance *backend; /* NULL: the core's own CPU device */
	enum backend_operation operation;
	struct cen_machine *machine; /* list() */
	struct cen_capabilities *caps; /* describe() */
	const uint32_t *fourccs; /* describe(): only these; none: all */
	size_t fourcc_count;
	uint32_t usage; /* describe() */
	char *notes; /* describe(): lines; owned by whoever made the call */
	struct cen_feedback *feedback; /* describe(), try_import(): owned likewise; NULL: no compositor was heard */
	bool is_child; /* in a forked process: no handler of the application is called */
	bool is_contract_broken; /* the operation returned what it must not */
	bool has_no_memory; /* the host could not keep an answer */
	struct call_failure failure;
};

/* What is known about the thing that an operation failed on. */
struct failure_facts {
	const char *device; /* path of the device or name of the source */
	const char *access_help; /* may be NULL */
	uint64_t wanted, held; /* bytes */
	uint32_t fitted; /* buffers */
	const char *suffix; /* appended to the message; may be NULL */
};

extern const struct cen_host _cen_host;

/* The services for compositors' feedback. */
int _cen_host_add_feedback(struct cen_call *call, const struct cen_feedback_event *event);
uint64_t _cen_host_get_wire_modifier(struct cen_call *call, uint32_t fourcc, uint64_t modifier);

/* "core" where the call is the core's own. */
const char *_cen_call_get_backend(const struct cen_call *call);

/*
 * What an operation returned, made a result: 0, or a negative errno. A positive number breaks the contract and
 * becomes -EPROTO; an answer that the host had no memory for makes it -ENOMEM.
 */
int _cen_call_finish(struct cen_call *call, int ret);

/* Turn the failure of an operation into an error with the right code. Returns ret. */
int _cen_call_set_error(const struct cen_call *call, int ret, const struct failure_facts *facts,
			struct cen_error **err);

/* open() once a context. Returns false when the backend cannot be used, which is logged. */
bool _cen_backend_open(struct backend_instance *backend);
