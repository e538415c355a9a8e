#!/bin/sh
# Makes a stock Debian 12 box (VirtualBox) what the box of `npm run box` is: CRIU, kexec and a second kernel, 6.12
# from backports beside its own 6.1, all from Debian's packages.
set -eu
export DEBIAN_FRONTEND=noninteractive
mirror=$(apt-get update --print-uris | sed -n "s|^'\(.*\)/dists/bookworm/InRelease'.*|\1|p" | head -n 1)
echo "deb $mirror bookworm-backports main" >/etc/apt/sources.list.d/ckpt-backports.list
echo 'kexec-tools kexec-tools/load_kexec boolean false' | debconf-set-selections
apt-get -q update
apt-get -q -y --no-install-recommends install criu kexec-tools nftables python3
apt-get -q -y --no-install-recommends -t bookworm-backports install linux-image-amd64
uname -r
ls /boot/vmlinuz-*
