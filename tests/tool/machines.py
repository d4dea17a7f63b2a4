# SPDX-FileCopyrightText: 2026 cenalloc contributors
# SPDX-License-Identifier: MIT
"""Scripts of the fake backend that several tests use."""

# A camera that needs contiguous memory and has its stride fixed, a display, a device that nobody may open.
CAMERA = '''
device /dev/fake0 name=Camera driver=fakecam id=usb:046d:0825 usages=capture
cap /dev/fake0 capture NV12 LINEAR stride-exact=1920@queried segments=1@probed objects=one@queried
cap /dev/fake0 capture XR24 LINEAR stride-align=64@queried segments=1@probed objects=one@queried
note /dev/fake0 capture the largest buffer count is not known
device /dev/fake1 name=Display driver=fakekms usages=scanout,cursor
cap /dev/fake1 scanout NV12 LINEAR stride-align=64@probed
cap /dev/fake1 scanout XR24 LINEAR stride-align=64@probed
cap /dev/fake1 scanout XR24 0x0300000000000001 stride-align=512@queried
cap /dev/fake1 cursor AR24 LINEAR width-max=64@queried height-max=64@queried
device /dev/fake2 name=Locked usages=capture access=EACCES help=group-video-may-open-it
fail describe EACCES /dev/fake2
source system cost=10 path=/dev/dma_heap/system
source cma segments=1 placement=cma cost=100 path=/dev/dma_heap/cma max=67108864 free=33554432
source secret access=EACCES help=group-render-may-open-it
'''

# Layouts that cannot meet: the camera fixes the stride at 1920, the display wants multiples of 256.
CONFLICT = '''
device /dev/fake0 name=Camera usages=capture
cap /dev/fake0 capture NV12 LINEAR stride-exact=1920@queried
device /dev/fake1 name=Display usages=scanout
cap /dev/fake1 scanout NV12 LINEAR stride-align=256@probed
cap /dev/fake1 scanout XR24 LINEAR stride-align=256@probed
source system cost=10
'''

# The board of docs/explain.md: what solves in one format does not in another, and the contiguous memory is small.
BOARD = '''
device /dev/video0 name=Camera driver=isp usages=capture
cap /dev/video0 capture NV12 LINEAR stride-exact=1920@queried chroma-rows=1080@probed objects=one@queried
cap /dev/video0 capture YUYV LINEAR stride-align=32@probed segments=1@probed
cap /dev/video0 capture UYVY LINEAR stride-align=32@probed segments=1@probed
device /dev/video1 name=Encoder driver=vpu usages=encode
cap /dev/video1 encode NV12 LINEAR stride-align=16@probed height-align=16@derived count-min=4@queried
cap /dev/video1 encode YUYV LINEAR stride-align=16@probed count-min=4@queried
cap /dev/video1 encode YU12 LINEAR stride-align=32@probed height-align=16@derived count-min=4@queried
device /dev/dri/card0 name=Display driver=display usages=scanout
cap /dev/dri/card0 scanout NV12 LINEAR stride-align=64@probed address-bits=32@queried
cap /dev/dri/card0 scanout YUYV LINEAR stride-align=64@probed address-bits=32@queried
cap /dev/dri/card0 scanout XR24 LINEAR stride-align=64@probed address-bits=32@queried
cap /dev/dri/card0 scanout XR24 0x0800000000000001 stride-align=64@queried
source system cost=10 path=/dev/dma_heap/system address-max=8589934591
source default_cma_region segments=1 placement=cma cost=50 address-max=1073741823 max=67108864 free=33554432
source udmabuf cost=20 access=EACCES help=group-kvm-may-open-/dev/udmabuf address-max=8589934591
'''

PIPELINE = ['--usage', 'capture=/dev/fake0', '--usage', 'scanout=/dev/fake1', '--size', '1920x1080']
