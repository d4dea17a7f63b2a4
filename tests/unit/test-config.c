/* SPDX-FileCopyrightText: 2026 cenalloc contributors */
/* SPDX-License-Identifier: MIT */

/* Configuration files: what they say, and where what is wrong stands. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <errno.h>
#include <sys/stat.h>

#include "balance.h"
#include "config.h"
#include "fault.h"
#include "map.h"
#include "util.h"

static int parse(const char *text, struct config_regions *regions, struct cen_map **map, struct cen_error **err)
{
	return _cen_config_parse("/f", text, strlen(text), regions, map, err);
}

static void test_whole(void **state)
{
	static const char text[] = "# memory of the board\n"
				   "map camera=pool;   # of its own\r\n"
				   "\n"
				   "region pool 20M source=reserved align=64K algorithm=tlsf start=0x80000000\n"
				   "\tmap  /capture = scratch ; * = system\n"
				   "region scratch 4096";
	struct config_regions regions = {0};
	const struct config_region *pool;
	struct cen_error *err = NULL;
	struct cen_map *map = NULL;

	(void)state;
	if (parse(text, &regions, &map, &err) < 0)
		fail_msg("%s", cen_error_get_message(err));
	assert_string_equal(cen_map_to_string(map), "camera=pool;/capture=scratch;*=system");
	assert_string_equal(cen_map_get_origin(map), "/f");
	assert_int_equal(cen_map_get_rule_line(map, 0), 2);
	assert_int_equal(cen_map_get_rule_line(map, 2), 5);
	assert_int_equal(regions.count, 2);
	pool = &regions.items[0];
	assert_string_equal(pool->name, "pool");
	assert_string_equal(pool->source, "reserved");
	assert_string_equal(pool->algorithm, "tlsf");
	assert_string_equal(pool->place, "/f:4");
	assert_true(pool->bytes == 20u << 20 && pool->alignment == 65536 && pool->start == 0x80000000u);
	assert_true(pool->has_start);
	assert_true(regions.items[1].bytes == 4096 && !regions.items[1].alignment && !regions.items[1].has_start);
	assert_null(regions.items[1].source);
	assert_null(regions.items[1].algorithm);
	cen_map_unref(map);
	_cen_config_regions_finish(&regions);
}

static void test_nothing(void **state)
{
	static const char *const texts[] = {"", "\n\n", "# map a=b", "  \t# region\n"};
	struct cen_map *map;

	(void)state;
	for (size_t i = 0; i < ARRAY_LENGTH(texts); i++) {
		assert_int_equal(parse(texts[i], NULL, &map, NULL), 0);
		assert_null(map);
	}
}

static void test_numbers(void **state)
{
	static const struct {
		const char *text;
		uint64_t bytes;
	} cases[] = {
		{"1", 1},
		{"64K", 65536},
		{"3M", 3145728},
		{"2G", 2147483648u},
		{"0x10", 16},
		{"0xABcd", 0xabcd},
		{"0x10K", 16384},
		{"18446744073709551615", UINT64_MAX},
		{"17179869183G", UINT64_C(17179869183) << 30},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LENGTH(cases); i++) {
		struct config_regions regions = {0};
		struct cen_map *map;
		char text[64];

		snprintf(text, sizeof(text), "region r %s", cases[i].text);
		assert_int_equal(parse(text, &regions, &map, NULL), 0);
		assert_true(regions.items[0].bytes == cases[i].bytes);
		_cen_config_regions_finish(&regions);
	}
}

static void test_errors(void **state)
{
	static const struct {
		const char *text, *message;
	} cases[] = {
		{"mapp a=b", "/f:1:1: 'map' or 'region' is wanted, found 'mapp'"},
		{"\n  a=b", "/f:2:3: 'map' or 'region' is wanted, found 'a=b'"},
		{"map", "/f:1:4: a pattern for a device is wanted, found the end"},
		{"map a=b\nmap  c=*", "/f:2:8: a name on the right has no '*'"},
		{"map a=b # c\nmap c d", "/f:2:7: '/', ',' or '=' is wanted, found 'd'"},
		{"map /a=b", "/f:1:5: '/TYPE' alone goes on from the pattern before it, and there is none"},
		{"region", "/f:1:7: the name of the region is missing"},
		{"region a", "/f:1:9: the size of the region: a number of bytes is wanted, as in 4096, 64K, 16M or 1G"},
		{"region a K", "/f:1:10: the size of the region: a number of bytes is wanted, as in"},
		{"region a 0x", "/f:1:11: the size of the region: a number of bytes is wanted, found '0x'"},
		{"region a 12Q", "/f:1:12: the size of the region: a number of bytes is wanted, found '12Q'"},
		{"region a -1", "/f:1:10: the size of the region: a number of bytes is wanted, found '-1'"},
		{"region a 0", "/f:1:10: a region of 0 bytes"},
		{"region a 18446744073709551616", "/f:1:10: the size of the region: more than 2^64 bytes"},
		{"region a 17179869184G", "/f:1:10: the size of the region: more than 2^64 bytes"},
		{"region a 1 align=3", "/f:1:18: align=3: a power of two is wanted"},
		{"region a 1 align=4K start=2K", "/f:1:8: region a: start 0x800 is not a multiple of align=4096"},
		{"region a 1 colour=red", "/f:1:12: 'colour' is not known: source=, align=, start= or algorithm= is"},
		{"region a 1 red", "/f:1:12: source=, align=, start= or algorithm= is wanted, found 'red'"},
		{"region a 1 source=", "/f:1:19: the source is missing"},
		{"region a,b 1", "/f:1:9: the name of the region has a byte 0x2c, which no name has"},
		{"region a 1\nregion a 2", "/f:2:7: region a is there already, at /f:1"},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LENGTH(cases); i++) {
		struct config_regions regions = {0};
		struct cen_error *err = NULL;
		struct cen_map *map;

		assert_int_equal(parse(cases[i].text, &regions, &map, &err), -EINVAL);
		assert_int_equal(cen_error_get_code(err), CEN_ERROR_SYNTAX);
		if (strncmp(cen_error_get_message(err), cases[i].message, strlen(cases[i].message)) != 0)
			fail_msg("\"%s\": \"%s\"", cases[i].text, cen_error_get_message(err));
		assert_null(map);
		assert_int_equal(regions.count, 0);
		cen_error_destroy(err);
		_cen_config_regions_finish(&regions);
	}
}

/* A byte 0 would end a string: it is refused where it stands. */
static void test_zero_byte(void **state)
{
	static const char text[] = "map a=b\nmap c\0=d";
	struct cen_error *err = NULL;
	struct cen_map *map;

	(void)state;
	assert_int_equal(_cen_config_parse("/f", text, sizeof(text) - 1, NULL, &map, &err), -EINVAL);
	assert_string_equal(cen_error_get_message(err), "/f:2:6: a byte 0x00: this is no text");
	cen_error_destroy(err);
}

/* Of two files with a region of one name, the first read counts; what a bad file had is taken back. */
static void test_two_files(void **state)
{
	struct config_regions regions = {0};
	struct cen_map *map;

	(void)state;
	assert_int_equal(parse("region a 1\nregion b 2", &regions, &map, NULL), 0);
	assert_int_equal(parse("region b 3\nregion c 4", &regions, &map, NULL), 0);
	assert_int_equal(regions.count, 3);
	assert_true(regions.items[1].bytes == 2 && regions.items[2].bytes == 4);
	assert_int_equal(parse("region d 5\nregion d 6", &regions, &map, NULL), -EINVAL);
	assert_int_equal(regions.count, 3);
	_cen_config_regions_finish(&regions);
}

static void test_most_regions(void **state)
{
	struct config_regions regions = {0};
	struct cen_error *err = NULL;
	struct cen_map *map;
	char text[16384];
	size_t used = 0;

	(void)state;
	for (unsigned int i = 0; i < CONFIG_MAX_REGIONS; i++)
		used += (size_t)snprintf(text + used, sizeof(text) - used, "region r%u 1\n", i);
	assert_int_equal(parse(text, &regions, &map, NULL), 0);
	_cen_config_regions_finish(&regions);
	snprintf(text + used, sizeof(text) - used, "region more 1\n");
	assert_int_equal(parse(text, &regions, &map, &err), -EINVAL);
	assert_string_equal(cen_error_get_message(err), "/f:257:7: more than 256 regions");
	cen_error_destroy(err);
	_cen_config_regions_finish(&regions);
}

/* A file of this many bytes, all of them blanks. Returns its name, for the caller to remove. */
static char *make_file(size_t bytes)
{
	char *name = strdup("/tmp/cenalloc-config-XXXXXX");
	int fd = mkstemp(name);
	char *blanks = malloc(bytes + 1);

	assert_true(fd >= 0 && blanks);
	memset(blanks, ' ', bytes);
	assert_int_equal(write(fd, blanks, bytes), bytes);
	close(fd);
	free(blanks);
	return name;
}

static void test_files(void **state)
{
	static const struct {
		size_t bytes;
		int ret;
	} cases[] = {{0, 0}, {CONFIG_MAX_BYTES, 0}, {CONFIG_MAX_BYTES + 1, -EINVAL}};
	struct cen_error *err = NULL;
	char pipe_name[] = "/tmp/cenalloc-pipe-XXXXXX";
	struct cen_map *map;

	(void)state;
	for (size_t i = 0; i < ARRAY_LENGTH(cases); i++) {
		char *name = make_file(cases[i].bytes);
		int ret = _cen_config_read(name, NULL, &map, &err);

		unlink(name);
		free(name);
		assert_int_equal(ret, cases[i].ret);
		if (ret < 0)
			assert_non_null(strstr(cen_error_get_message(err), "more than 1048576 bytes"));
		cen_error_destroy(err);
		err = NULL;
	}
	assert_int_equal(_cen_config_read("/nowhere/at/all", NULL, &map, &err), -ENOENT);
	assert_int_equal(cen_error_get_code(err), CEN_ERROR_SYSTEM);
	cen_error_destroy(err);
	err = NULL;
	/* A folder and a pipe are none; the pipe has no writer, and nobody waits for one. */
	assert_int_equal(_cen_config_read("/tmp", NULL, &map, &err), -EINVAL);
	assert_non_null(strstr(cen_error_get_message(err), "not a regular file"));
	cen_error_destroy(err);
	assert_non_null(mkdtemp(pipe_name));
	rmdir(pipe_name);
	assert_int_equal(mkfifo(pipe_name, 0600), 0);
	assert_int_equal(_cen_config_read(pipe_name, NULL, &map, NULL), -EINVAL);
	unlink(pipe_name);
}

static void test_faults(void **state)
{
	static const char text[] = "map a=b\nregion r 1M source=s algorithm=x\nmap /c=d\nregion q 1";
	char *name = make_file(8192);
	FILE *file = fopen(name, "we");
	size_t fds;

	(void)state;
	assert_non_null(file);
	fputs(text, file);
	fclose(file);
	fds = balance_count_fds();
	for (unsigned long n = 1;; n++) {
		struct config_regions regions = {0};
		size_t alive = fault_alive();
		struct cen_error *err = NULL;
		struct cen_map *map;
		int ret;

		fault_arm(FAULT_ALL, n);
		ret = _cen_config_read(name, &regions, &map, &err);
		if (!fault_disarm()) {
			assert_int_equal(ret, 0);
			cen_map_unref(map);
			_cen_config_regions_finish(&regions);
			break;
		}
		cen_error_destroy(err);
		assert_true(ret == -ENOMEM || ret == -EACCES);
		_cen_config_regions_finish(&regions);
		assert_int_equal(fault_alive(), alive);
	}
	assert_true(balance_check_fds(fds));
	unlink(name);
	free(name);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_whole),        cmocka_unit_test(test_nothing),   cmocka_unit_test(test_numbers),
		cmocka_unit_test(test_errors),       cmocka_unit_test(test_zero_byte), cmocka_unit_test(test_two_files),
		cmocka_unit_test(test_most_regions), cmocka_unit_test(test_files),     cmocka_unit_test(test_faults),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
