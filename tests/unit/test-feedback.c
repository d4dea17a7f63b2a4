/* SPDX-FileCopyrightText: 2026 cenalloc contributors */
/* SPDX-License-Identifier: MIT */

/* A compositor's feedback: rounds of events, and what is refused. */
#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>

#include "fault.h"
#include "feedback-rounds.h"

static void test_round(void **state)
{
	struct cen_feedback_tranche tranche = {.size = sizeof(tranche) - 1};
	struct cen_feedback *feedback = create();
	uint64_t modifier;
	uint32_t fourcc;

	(void)state;
	assert_true(cen_feedback_get_generation(feedback) == 0);
	assert_true(cen_feedback_get_tranche_count(feedback) == 0);
	cen_feedback_destroy(feedback);
	feedback = create_full();
	assert_true(cen_feedback_get_generation(feedback) == 1);
	assert_true(cen_feedback_get_main_device(feedback) == gpu);
	assert_true(cen_feedback_get_tranche_count(feedback) == 2);
	assert_true(get_tranche(feedback, 0).device == card);
	assert_int_equal(get_tranche(feedback, 0).flags, CEN_TRANCHE_SCANOUT);
	assert_int_equal(get_tranche(feedback, 0).pair_count, 2);
	assert_true(get_tranche(feedback, 1).device == gpu);
	assert_int_equal(get_tranche(feedback, 1).flags, 0);
	/* 4 is 1 once more. */
	assert_int_equal(get_tranche(feedback, 1).pair_count, 6);
	for (uint16_t i = 0; i < 4; i++)
		check_pair(feedback, 1, i, entries[i].fourcc, entries[i].modifier);
	check_pair(feedback, 1, 4, NO_FORMAT, DRM_FORMAT_MOD_LINEAR);
	check_pair(feedback, 1, 5, DRM_FORMAT_XRGB8888, UNHEARD);
	assert_int_equal(cen_feedback_get_pair(feedback, 1, 6, &fourcc, &modifier), -EINVAL);
	assert_int_equal(cen_feedback_get_pair(feedback, 2, 0, &fourcc, &modifier), -EINVAL);
	assert_int_equal(cen_feedback_get_tranche(feedback, 0, &tranche), -EINVAL);
	tranche.size = sizeof(tranche);
	assert_int_equal(cen_feedback_get_tranche(feedback, 2, &tranche), -EINVAL);
	cen_feedback_destroy(feedback);
	cen_feedback_destroy(NULL);
}

/* Nothing of a round shows before it is done. A later one uses the last table, and says all else anew. */
static void test_rounds(void **state)
{
	struct cen_feedback *feedback = create_full();
	const struct entry other = {DRM_FORMAT_NV12, 0, VENDOR};

	(void)state;
	assert_int_equal(TRANCHE(feedback, card, CEN_TRANCHE_SAMPLING | 1u << 31, 7), 0);
	assert_true(cen_feedback_get_tranche_count(feedback) == 2);
	assert_true(cen_feedback_get_generation(feedback) == 1);
	assert_int_equal(cen_feedback_done(feedback, NULL), 0);
	assert_true(cen_feedback_get_generation(feedback) == 2);
	assert_true(cen_feedback_get_main_device(feedback) == 0);
	assert_true(cen_feedback_get_tranche_count(feedback) == 1);
	/* A flag of a later version is kept. */
	assert_int_equal(get_tranche(feedback, 0).flags, CEN_TRANCHE_SAMPLING | 1u << 31);
	check_pair(feedback, 0, 0, DRM_FORMAT_ARGB8888, DRM_FORMAT_MOD_LINEAR);
	/* Another table does not reach back into the round that is complete. */
	assert_int_equal(send_table(feedback, &other, sizeof(other), sizeof(other)), 0);
	check_pair(feedback, 0, 0, DRM_FORMAT_ARGB8888, DRM_FORMAT_MOD_LINEAR);
	assert_int_equal(TRANCHE(feedback, card, 0, 0), 0);
	assert_int_equal(cen_feedback_done(feedback, NULL), 0);
	check_pair(feedback, 0, 0, DRM_FORMAT_NV12, VENDOR);
	/* A table is taken in also where its round is bad already. */
	assert_int_equal(TRANCHE(feedback, card, 0, 0), 0);
	assert_int_equal(TRANCHE(feedback, card, 0, 1), -EINVAL);
	assert_int_equal(send_table(feedback, entries, sizeof(entries), TABLE_BYTES), 0);
	assert_int_equal(cen_feedback_done(feedback, NULL), -EINVAL);
	assert_int_equal(TRANCHE(feedback, card, 0, 7), 0);
	assert_int_equal(cen_feedback_done(feedback, NULL), 0);
	check_pair(feedback, 0, 0, DRM_FORMAT_ARGB8888, DRM_FORMAT_MOD_LINEAR);
	cen_feedback_destroy(feedback);
}

/* An event was refused with this: so is its round, and what was known stays. Then a good round is possible. */
static void check_spoiled(struct cen_feedback *feedback, int ret, int wanted, enum cen_error_code code)
{
	uint64_t generation = cen_feedback_get_generation(feedback);
	struct cen_error *err = NULL;

	assert_int_equal(ret, wanted);
	/* The rest of the round is not looked at. */
	assert_int_equal(TRANCHE(feedback, gpu, 0, 60000), 0);
	assert_int_equal(cen_feedback_done(feedback, &err), wanted);
	assert_non_null(err);
	assert_int_equal(cen_error_get_code(err), code);
	assert_int_equal(cen_error_get_errno(err), wanted);
	assert_true(strlen(cen_error_get_message(err)) > 10);
	cen_error_destroy(err);
	assert_true(cen_feedback_get_generation(feedback) == generation);
	if (generation) {
		assert_true(cen_feedback_get_tranche_count(feedback) == 2);
		check_pair(feedback, 1, 1, DRM_FORMAT_XRGB8888, DRM_FORMAT_MOD_LINEAR);
		assert_true(cen_feedback_get_main_device(feedback) == gpu);
	}
	assert_int_equal(send_table(feedback, entries, sizeof(entries), TABLE_BYTES), 0);
	assert_int_equal(TRANCHE(feedback, gpu, 0, 7), 0);
	assert_int_equal(cen_feedback_done(feedback, NULL), 0);
	assert_true(cen_feedback_get_generation(feedback) == generation + 1);
	assert_int_equal(get_tranche(feedback, 0).pair_count, 1);
	cen_feedback_destroy(feedback);
}

static void check_table_refused(const void *bytes, size_t file_size, uint32_t size)
{
	struct cen_feedback *feedback = create_full();

	check_spoiled(feedback, send_table(feedback, bytes, file_size, size), -EINVAL, CEN_ERROR_ARGUMENT);
}

static void test_table_refused(void **state)
{
	char *large = calloc(MOST + 1, 16);
	struct cen_feedback *feedback;

	(void)state;
	assert_non_null(large);
	check_table_refused(entries, sizeof(entries), 17);
	check_table_refused(entries, sizeof(entries), 15);
	check_table_refused(entries, sizeof(entries), UINT32_MAX);
	check_table_refused(entries, sizeof(entries), UINT32_MAX - 15);
	check_table_refused(entries, sizeof(entries), sizeof(entries) + 16);
	check_table_refused(entries, sizeof(entries) - 1, TABLE_BYTES);
	check_table_refused(entries, 0, 16);
	check_table_refused(large, (MOST + 1) * 16u, (MOST + 1) * 16u);
	/* In the middle of a round: what would the indices before it mean? */
	feedback = create_full();
	assert_int_equal(TRANCHE(feedback, gpu, 0, 1), 0);
	check_spoiled(feedback, send_table(feedback, entries, sizeof(entries), TABLE_BYTES), -EINVAL,
		      CEN_ERROR_ARGUMENT);
	free(large);
}

static void test_table_unreadable(void **state)
{
	struct cen_feedback *feedback = create_full();
	struct cen_error *err = NULL;
	int fd, memfd, fds[2];
	char path[32];

	(void)state;
	assert_int_equal(cen_feedback_format_table(feedback, -1, 16, &err), -EBADF);
	assert_int_equal(cen_error_get_code(err), CEN_ERROR_SYSTEM);
	assert_string_equal(cen_error_get_call(err), "fstat");
	cen_error_destroy(err);
	check_spoiled(feedback, -EBADF, -EBADF, CEN_ERROR_SYSTEM);

	/* May be written only. */
	feedback = create_full();
	fd = make_file(entries, sizeof(entries));
	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	memfd = fd;
	fd = open(path, O_WRONLY | O_CLOEXEC);
	assert_true(fd >= 0);
	close(memfd);
	check_spoiled(feedback, cen_feedback_format_table(feedback, fd, 16, NULL), -EBADF, CEN_ERROR_SYSTEM);
	close(fd);

	/* No file at all: it has no size, and is not waited for. */
	feedback = create_full();
	assert_int_equal(pipe2(fds, O_CLOEXEC), 0);
	check_spoiled(feedback, cen_feedback_format_table(feedback, fds[0], 16, NULL), -EINVAL, CEN_ERROR_ARGUMENT);
	close(fds[0]);
	close(fds[1]);
}

/* A file that has less to read than its size says: as when it is cut short after the size was checked. */
static void test_table_cut(void **state)
{
	struct cen_feedback *feedback = create_full();
	struct cen_error *err = NULL;
	struct stat st;
	int fd = open("/sys/kernel/uevent_seqnum", O_RDONLY | O_CLOEXEC);

	(void)state;
	if (fd < 0 || fstat(fd, &st) < 0 || st.st_size < 64) {
		if (fd >= 0)
			close(fd);
		cen_feedback_destroy(feedback);
		skip();
	}
	assert_int_equal(cen_feedback_format_table(feedback, fd, 64, &err), -EINVAL);
	assert_non_null(strstr(cen_error_get_message(err), "ends after"));
	cen_error_destroy(err);
	check_spoiled(feedback, -EINVAL, -EINVAL, CEN_ERROR_ARGUMENT);
	close(fd);
}

static void test_formats_refused(void **state)
{
	const uint16_t past[] = {0, COUNT(entries)};
	struct cen_feedback *feedback = create_full();

	(void)state;
	check_spoiled(feedback, cen_feedback_tranche_formats(feedback, past, sizeof(past), NULL), -EINVAL,
		      CEN_ERROR_ARGUMENT);
	feedback = create_full();
	check_spoiled(feedback, cen_feedback_tranche_formats(feedback, past, 3, NULL), -EINVAL, CEN_ERROR_ARGUMENT);
	/* Without a table. */
	feedback = create();
	check_spoiled(feedback, cen_feedback_tranche_formats(feedback, past, 2, NULL), -EINVAL, CEN_ERROR_ARGUMENT);
	/* A table that was refused is not replaced by the one before it, not even in the next round. */
	feedback = create_full();
	assert_int_equal(send_table(feedback, entries, sizeof(entries), 17), -EINVAL);
	assert_int_equal(cen_feedback_done(feedback, NULL), -EINVAL);
	check_spoiled(feedback, cen_feedback_tranche_formats(feedback, past, 2, NULL), -EINVAL, CEN_ERROR_ARGUMENT);
	/* An empty table has no index. */
	feedback = create();
	assert_int_equal(send_table(feedback, entries, 0, 0), 0);
	check_spoiled(feedback, cen_feedback_tranche_formats(feedback, past, 2, NULL), -EINVAL, CEN_ERROR_ARGUMENT);
}

static void test_devices_refused(void **state)
{
	const char bytes[16] = {0};
	struct cen_feedback *feedback;

	(void)state;
	for (size_t size = 0; size <= sizeof(bytes); size++) {
		if (size == sizeof(dev_t))
			continue;
		feedback = create_full();
		check_spoiled(feedback, cen_feedback_main_device(feedback, bytes, size, NULL), -EINVAL,
			      CEN_ERROR_ARGUMENT);
		feedback = create_full();
		check_spoiled(feedback, cen_feedback_tranche_target_device(feedback, bytes, size, NULL), -EINVAL,
			      CEN_ERROR_ARGUMENT);
	}
}

static void test_tranches_refused(void **state)
{
	struct cen_feedback *feedback = create_full();
	const uint16_t index = 1;

	(void)state;
	assert_int_equal(cen_feedback_tranche_formats(feedback, &index, sizeof(index), NULL), 0);
	check_spoiled(feedback, cen_feedback_tranche_done(feedback, NULL), -EINVAL, CEN_ERROR_ARGUMENT);
	/* 64, and one more. */
	feedback = create_full();
	for (int i = 0; i < 64; i++)
		assert_int_equal(TRANCHE(feedback, gpu, 0, 1), 0);
	assert_int_equal(cen_feedback_done(feedback, NULL), 0);
	assert_true(cen_feedback_get_tranche_count(feedback) == 64);
	cen_feedback_destroy(feedback);
	feedback = create_full();
	for (int i = 0; i < 64; i++)
		assert_int_equal(TRANCHE(feedback, gpu, 0, 1), 0);
	check_spoiled(feedback, TRANCHE(feedback, gpu, 0, 1), -EINVAL, CEN_ERROR_ARGUMENT);
	/* The round ends before its tranche does. */
	feedback = create_full();
	assert_int_equal(cen_feedback_tranche_formats(feedback, &index, sizeof(index), NULL), 0);
	assert_int_equal(cen_feedback_done(feedback, NULL), -EINVAL);
	assert_true(cen_feedback_get_generation(feedback) == 1);
	cen_feedback_destroy(feedback);
}

static void test_version_3_refused(void **state)
{
	struct cen_feedback *feedback = create_full();
	int ret = 0;

	(void)state;
	for (uint32_t i = 0; i < MOST; i++)
		ret |= cen_feedback_modifier(feedback, DRM_FORMAT_NV12, i, NULL);
	assert_int_equal(ret, 0);
	check_spoiled(feedback, cen_feedback_modifier(feedback, DRM_FORMAT_NV12, 0, NULL), -E2BIG, CEN_ERROR_ARGUMENT);
	/* Both kinds of events in one round. */
	feedback = create_full();
	assert_int_equal(cen_feedback_modifier(feedback, DRM_FORMAT_NV12, 0, NULL), 0);
	assert_int_equal(TRANCHE(feedback, gpu, 0, 0), 0);
	assert_int_equal(cen_feedback_done(feedback, NULL), -EINVAL);
	assert_true(cen_feedback_get_generation(feedback) == 1);
	assert_int_equal(cen_feedback_done(feedback, NULL), 0);
	assert_true(cen_feedback_get_tranche_count(feedback) == 0);
	cen_feedback_destroy(feedback);
}

/* A round of tranches, then one of version 3. Each event that fails has its round fail alike. */
static int run_rounds(struct cen_feedback *feedback, int fd)
{
	struct cen_capabilities *caps;
	int ret, done;

	ret = cen_feedback_format_table(feedback, fd, TABLE_BYTES, NULL);
	if (ret == 0)
		ret = cen_feedback_main_device(feedback, &gpu, sizeof(gpu), NULL);
	if (ret == 0)
		ret = TRANCHE(feedback, gpu, 0, 0, 1, 2, 3, 4, 5, 6);
	done = cen_feedback_done(feedback, NULL);
	assert_true(ret == 0 || done == ret);
	assert_true(cen_feedback_get_generation(feedback) == (done == 0));
	for (uint32_t i = 0; done == 0 && ret == 0 && i < 20; i++)
		ret = cen_feedback_modifier(feedback, DRM_FORMAT_NV12, i, NULL);
	if (done < 0)
		return done;
	done = cen_feedback_done(feedback, NULL);
	assert_true(ret == 0 || done == ret);
	assert_true(cen_feedback_get_generation(feedback) == 1u + (done == 0));
	/* What the round before said is still there. */
	assert_true(cen_feedback_get_tranche_count(feedback) == 1);
	assert_int_equal(get_tranche(feedback, 0).pair_count, done ? 6 : 20);
	if (done < 0)
		return done;
	ret = cen_feedback_get_capabilities(feedback, CEN_USAGE_TEXTURE, &caps, NULL);
	assert_true((caps == NULL) == (ret < 0));
	cen_capabilities_unref(caps);
	return ret;
}

static void test_no_memory(void **state)
{
	int fd = make_file(entries, sizeof(entries));
	unsigned long nth = 0;
	bool has_failed;

	(void)state;
	do {
		size_t alive = fault_alive();
		struct cen_feedback *feedback;
		int ret;

		fault_arm(FAULT_MEMORY, ++nth);
		ret = cen_feedback_create(&feedback);
		if (ret == 0)
			ret = run_rounds(feedback, fd);
		has_failed = fault_disarm();
		assert_int_equal(ret, has_failed ? -ENOMEM : 0);
		cen_feedback_destroy(feedback);
		assert_int_equal(fault_alive(), alive);
	} while (has_failed);
	assert_true(nth > 15);
	close(fd);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		WITH_BALANCE(test_round),
		WITH_BALANCE(test_rounds),
		WITH_BALANCE(test_table_refused),
		WITH_BALANCE(test_table_unreadable),
		WITH_BALANCE(test_table_cut),
		WITH_BALANCE(test_formats_refused),
		WITH_BALANCE(test_devices_refused),
		WITH_BALANCE(test_tranches_refused),
		WITH_BALANCE(test_version_3_refused),
		WITH_BALANCE(test_no_memory),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
