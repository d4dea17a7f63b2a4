/* SPDX-FileCopyrightText: 2026 cenalloc contributors */
/* SPDX-License-Identifier: MIT */

/* Which hardware a uevent file names. The texts are those of real machines, serial numbers and slots changed. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <sys/stat.h>

#include "device-id.h"

static void test_known(void **state)
{
	static const struct {
		const char *uevent, *id;
	} rows[] = {
		{"DRIVER=nvidia\nPCI_CLASS=30000\nPCI_ID=10DE:2684\nPCI_SUBSYS_ID=1458:40BF\n"
		 "PCI_SLOT_NAME=0000:01:00.0\nMODALIAS=pci:v000010DEd00002684sv00001458sd000040BFbc03sc00i00\n",
		 "pci:10de:2684"},
		{"DEVTYPE=usb_interface\nDRIVER=uvcvideo\nPRODUCT=46d/825/10\nTYPE=239/2/1\nINTERFACE=14/1/0\n"
		 "MODALIAS=usb:v046Dp0825d0010dcEFdsc02dp01ic0Eisc01ip00in00\n",
		 "usb:046d:0825"},
		{"DRIVER=rockchip-vop\nOF_NAME=vop\nOF_FULLNAME=/vop@ff900000\n"
		 "OF_COMPATIBLE_0=rockchip,rk3399-vop-big\nOF_COMPATIBLE_N=1\n"
		 "MODALIAS=of:NvopT(null)Crockchip,rk3399-vop-big\n",
		 "of:rockchip,rk3399-vop-big"},
		/* A PCI device with a node in the device tree. */
		{"OF_COMPATIBLE_0=pci14e4,2710\nPCI_ID=14E4:2710\n", "pci:14e4:2710"},
		{"DRIVER=vivid\nMODALIAS=platform:vivid\n", "platform:vivid"},
		{"MODALIAS=platform:vivid", "platform:vivid"},
	};
	char buf[DEVICE_ID_SIZE];

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		assert_ptr_equal(_cen_device_id_parse(rows[i].uevent, buf), buf);
		assert_string_equal(buf, rows[i].id);
	}
}

static void test_unknown(void **state)
{
	static const char *const texts[] = {
		"",
		"\n\n",
		"DRIVER=vkms\n",
		"MODALIAS=acpi:LNXVIDEO:\n",
		"MODALIAS=platform:\n",
		"MODALIAS=platform:two words\n",
		"OF_COMPATIBLE_0=\n",
		"OF_COMPATIBLE_0=a\033[1mb\n",
		"XPCI_ID=10DE:2684\n",
		"PCI_ID=10DE\n",
		"PCI_ID=10DE:\n",
		"PCI_ID=:2684\n",
		"PCI_ID=10DEE:2684\n",
		"PCI_ID=10DE:26G4\n",
		/* An input device. */
		"PRODUCT=3/46d/c077/111\nNAME=\"Mouse\"\nMODALIAS=input:b0003v046DpC077e0111\n",
	};
	char buf[DEVICE_ID_SIZE], text[256];

	(void)state;
	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
		if (_cen_device_id_parse(texts[i], buf))
			fail_msg("\"%s\" gave %s", texts[i], buf);
	}
	/* 127 bytes fit, one more does not. */
	snprintf(text, sizeof(text), "OF_COMPATIBLE_0=%0124d\n", 7);
	assert_non_null(_cen_device_id_parse(text, buf));
	assert_int_equal(strlen(buf), DEVICE_ID_SIZE - 1);
	snprintf(text, sizeof(text), "OF_COMPATIBLE_0=%0125d\n", 7);
	assert_null(_cen_device_id_parse(text, buf));
}

/* /dev/null is a virtual device, and no device has the number 0. */
static void test_nodes_without_hardware(void **state)
{
	char buf[DEVICE_ID_SIZE];
	struct stat st;

	(void)state;
	assert_int_equal(stat("/dev/null", &st), 0);
	assert_null(_cen_device_id_read(st.st_rdev, buf));
	assert_null(_cen_device_id_read(0, buf));
	assert_null(_cen_device_id_read(UINT64_MAX, buf));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_known),
		cmocka_unit_test(test_unknown),
		cmocka_unit_test(test_nodes_without_hardware),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
