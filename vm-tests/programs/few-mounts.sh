#!/bin/sh
# Runs a command without the file systems that lie on disks of their own, which CRIU cannot take along: in a mount
# namespace of one's own. Usage: unshare --mount few-mounts.sh COMMAND...
grep -E -o ' (/opt/[^ ]*|/usr/lib/modules) ' /proc/self/mounts | xargs -r -n 1 umount -l
exec "$@"
