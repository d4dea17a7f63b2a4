/* SPDX-FileCopyrightText: 2026 cenalloc contributors */
/* SPDX-License-Identifier: MIT */

#ifndef CENALLOC_NEGOTIATION_H
#define CENALLOC_NEGOTIATION_H

#include <stddef.h>
#include <stdint.h>

#include <cenalloc/capability.h>
#include <cenalloc/error.h>
#include <cenalloc/request.h>
#include <cenalloc/solution.h>

#ifdef __cplusplus
extern "C" {
#endif

/**
 * Keeping a plan right while what a device accepts changes, for example a Wayland surface that goes full screen.
 * Requests in order of liking (camera with texture and scanout; camera with texture; camera with a copy by the CPU);
 * the first that has a plan wins. Each change is solved anew, and the application is told only what it must act on.
 *
 * One thread at a time. The clock is the caller's.
 */
struct cen_negotiation;

/** Returns 0 or -ENOMEM. */
int cen_negotiation_create(struct cen_negotiation **out);
/** NULL is allowed. */
void cen_negotiation_destroy(struct cen_negotiation *negotiation);

/**
 * Add a request behind those added before. It is borrowed and must live as long as the negotiation.
 * Returns 0, -E2BIG (CEN_ERROR_ARGUMENT: more than 8) or -ENOMEM.
 */
int cen_negotiation_add_request(struct cen_negotiation *negotiation, struct cen_request *request,
				struct cen_error **err);

/**
 * A better plan is told only after it has been the best for so long, so that feedback that changes with every frame
 * does not make the application allocate with every frame, and only once while it stays the best. 500 ms until set.
 * A plan that is needed is told at once.
 */
void cen_negotiation_set_settle_time(struct cen_negotiation *negotiation, uint64_t nanoseconds);

/** What the application should do. */
enum cen_change {
	CEN_CHANGE_NONE = 0, /* keep the buffers */
	CEN_CHANGE_BETTER = 1, /* the buffers still do; new ones after cen_negotiation_get_plan() would be better */
	CEN_CHANGE_NEEDED = 2, /* the buffers no longer do, or there are none yet */
	CEN_CHANGE_IMPOSSIBLE = 3, /* no request has a plan: cen_negotiation_get_conflict() */
};

/** "none", "better", "needed", "impossible"; "unknown" for a number that is none. */
const char *cen_change_get_name(uint32_t change);

/**
 * Solve again, without relaxations: as often as there are requests, and once more at most. now: nanoseconds of any
 * clock that does not go back. Call it after cen_negotiation_set_capabilities(), and at cen_negotiation_get_deadline()
 * where that is not 0.
 * Returns 0 and *change, or what cen_solve() returns; after an error the plan in use stays.
 */
int cen_negotiation_update(struct cen_negotiation *negotiation, uint64_t now, uint32_t *change, struct cen_error **err);

/**
 * A described device (cen_request_add_described()) accepts something else now: in every request that has it by this
 * name with this usage. Returns 0, or -ENODEV (CEN_ERROR_UNKNOWN_DEVICE: no request has it).
 */
int cen_negotiation_set_capabilities(struct cen_negotiation *negotiation, const char *name, uint32_t usage,
				     struct cen_capabilities *caps, struct cen_error **err);

/** When a better plan will have settled, of the clock of update(); 0: nothing is waiting. */
uint64_t cen_negotiation_get_deadline(const struct cen_negotiation *negotiation);

/**
 * The plan to use: of the last update, and the request it answers. With CEN_CHANGE_NONE it is the adopted one, though
 * the request may be another by now. NULL when there is none. Borrowed until the next update.
 */
struct cen_plan *cen_negotiation_get_plan(const struct cen_negotiation *negotiation, size_t *request);

/**
 * Why there is no plan: the conflict of the first request that has one, the one liked best. NULL when there is a plan,
 * and where all plans were rejected.
 */
const struct cen_conflict *cen_negotiation_get_conflict(const struct cen_negotiation *negotiation);

/**
 * Rule a plan out, for example after the compositor refused its buffers, and do not tell of it again. 128 are kept;
 * past that the oldest is forgotten. Returns 0.
 */
int cen_negotiation_reject(struct cen_negotiation *negotiation, struct cen_plan *plan);

/** The application uses this plan now (a plan that it was told, or NULL: none). Returns 0. */
int cen_negotiation_adopt(struct cen_negotiation *negotiation, struct cen_plan *plan);

#ifdef __cplusplus
}
#endif

#endif
