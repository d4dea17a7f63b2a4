/* SPDX-FileCopyrightText: 2026 cenalloc contributors */
/* SPDX-License-Identifier: MIT */

/* What a recorded machine must not tell. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "fault.h"
#include "file-secrets.h"
#include "util.h"

static void arena_cleanup(struct arena **arena)
{
	_cen_arena_destroy(*arena);
}

/* text after learning from itself. */
static void check(const char *text, const char *wanted)
{
	_cleanup_(arena_cleanup) struct arena *arena = _cen_arena_create();
	struct file_secrets secrets = {.arena = arena};

	assert_int_equal(_cen_file_secrets_learn(&secrets, text), 0);
	assert_string_equal(_cen_file_secrets_clean(&secrets, text), wanted);
}

static void test_serials(void **state)
{
	(void)state;
	check("C920 8B3C2A1F", "C920 serial");
	check("Logitech StreamCam 20210512ABC: front", "Logitech StreamCam serial: front");
	check("X-0123456789-Y", "X-serial-Y");
	/* Five digits of eight are enough, four are not. */
	check("XYZ12345 XYZW1234", "serial XYZW1234");
	check("id 123e4567-e89b-12d3-a456-426614174000.", "id serial.");
	check("dock 00:1a:2b:3c:4d:5e", "dock serial");
	check("dock 00-1a-2b-3c-4d-5e, port 2", "dock serial, port 2");
	check("/dev/v4l/by-id/usb-046d_HD_Pro_Webcam_C920_8B3C2A1F-video-index0",
	      "/dev/v4l/by-id/usb-046d_HD_Pro_Webcam_C920_serial-video-index0");
	check("/dev/v4l/by-id/usb-Vendor_Cam_ABCDEF-video-index0", "/dev/v4l/by-id/usb-Vendor_Cam_serial-video-index0");
}

static void test_names_of_models(void **state)
{
	static const char *const names[] = {
		"vivid-000-vid-cap",
		"NVIDIA GeForce RTX 4090",
		"Radeon RX7900XTX",
		"Mali-G610",
		"platform:fe060000.isp",
		"video-codec@1c0e0000",
		"0000:00:02.0",
		"llvmpipe (LLVM 15.0.6, 256 bits)",
		"rkisp1_mainpath",
		"UVC Camera (046d:0825)",
		"/dev/dri/by-path/pci-0000:00:02.0-card",
		"0x0800000000000051",
		"Wayland compositor, linux-dmabuf version 4",
		"imx8mq-usb-dsp 3840x2160",
		"\xc3\xa9\xe2\x82\xac\xf0\x9f\x98\x80",
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LENGTH(names); i++)
		check(names[i], names[i]);
}

/* What was learned from a name is found in a note, as a whole word. */
static void test_learned(void **state)
{
	_cleanup_(arena_cleanup) struct arena *arena = _cen_arena_create();
	struct file_secrets secrets = {.arena = arena};

	(void)state;
	assert_int_equal(_cen_file_secrets_learn(&secrets, "Cam 8B3C2A1F"), 0);
	assert_int_equal(_cen_file_secrets_add(&secrets, "SN-77_x"), 0);
	assert_int_equal(_cen_file_secrets_add(&secrets, "abc"), 0);
	for (size_t i = 0; i < 40; i++) {
		char word[16];

		snprintf(word, sizeof(word), "word%zu", i);
		assert_int_equal(_cen_file_secrets_add(&secrets, word), 0);
	}
	assert_string_equal(_cen_file_secrets_clean(&secrets, "from 8B3C2A1F: SN-77_x, abc"),
			    "from serial: serial, abc");
	assert_string_equal(_cen_file_secrets_clean(&secrets, "x8B3C2A1F 8B3C2A1Fx word39 word40"),
			    "x8B3C2A1F 8B3C2A1Fx serial word40");
	/* Numbers of notes are facts. */
	assert_string_equal(_cen_file_secrets_clean(&secrets, "sizeimage 12441600"), "sizeimage 12441600");
}

static void test_people(void **state)
{
	_cleanup_(arena_cleanup) struct arena *arena = _cen_arena_create();
	struct file_secrets secrets = {.arena = arena};

	(void)state;
	assert_string_equal(_cen_file_secrets_clean(&secrets, "/home/jane/x and /run/user/1000/wayland-0"),
			    "/home/user/x and /run/user/uid/wayland-0");
	assert_int_equal(_cen_file_secrets_learn_help(&secrets, "/dev/video0 is jane:jane 0600: a rule would help"), 0);
	assert_int_equal(_cen_file_secrets_learn_help(&secrets, "/dev/video1 is root:video 0660: group video"), 0);
	assert_int_equal(_cen_file_secrets_learn_help(&secrets, "this is no help: at all"), 0);
	assert_string_equal(
		_cen_file_secrets_clean(&secrets, "/dev/video0 is jane:jane 0600: janet, root:video, no help"),
		"/dev/video0 is user:user 0600: janet, root:video, no help");
}

/* Any bytes become text that a reader takes. */
static void test_bytes(void **state)
{
	char longer[3000], *clean;
	_cleanup_(arena_cleanup) struct arena *arena = _cen_arena_create();
	struct file_secrets secrets = {.arena = arena};

	(void)state;
	check("a\tb\nc\x7f\x1b[31m\xc2\x9b", "a b c  [31m ");
	check("\xff\xc0\x80\xed\xa0\x80\xf4\x90\x80\x80\xe2\x82", "????????????");
	check("", "");
	memset(longer, 'y', sizeof(longer));
	longer[sizeof(longer) - 1] = '\0';
	assert_int_equal(strlen(_cen_file_secrets_clean(&secrets, longer)), 1024);
	/* Nothing is cut within a character. */
	for (size_t i = 0; i + 2 < sizeof(longer); i += 2)
		memcpy(longer + 1 + i, "\xc3\xa9", 2);
	longer[sizeof(longer) - 2] = longer[sizeof(longer) - 1] = '\0';
	clean = _cen_file_secrets_clean(&secrets, longer);
	assert_int_equal(strlen(clean), 1023);
	assert_memory_equal(clean + 1021, "\xc3\xa9", 3);
	/* What stands in for a word may be longer than it. */
	assert_int_equal(_cen_file_secrets_learn_help(&secrets, "x is a:b 0600"), 0);
	assert_string_equal(_cen_file_secrets_clean(&secrets, "a b a b a"), "user user user user user");
	assert_string_equal(_cen_file_secrets_clean(&secrets, "/home/"), "/home/user");
}

static void test_faults(void **state)
{
	unsigned long n = 1;
	bool is_over = false;

	(void)state;
	for (; !is_over; n++) {
		size_t alive = fault_alive();
		struct arena *arena = _cen_arena_create();
		struct file_secrets secrets = {.arena = arena};
		bool is_clean;

		fault_arm(FAULT_MEMORY, n);
		is_clean = _cen_file_secrets_learn(&secrets, "8B3C2A1F 9B3C2A1F") == 0 &&
			   _cen_file_secrets_clean(&secrets, "8B3C2A1F");
		is_over = !fault_disarm();
		assert_int_equal(is_clean, is_over);
		_cen_arena_destroy(arena);
		assert_int_equal(fault_alive(), alive);
	}
	assert_int_equal(n, 6);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_serials), cmocka_unit_test(test_names_of_models), cmocka_unit_test(test_learned),
		cmocka_unit_test(test_people),  cmocka_unit_test(test_bytes),           cmocka_unit_test(test_faults),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
