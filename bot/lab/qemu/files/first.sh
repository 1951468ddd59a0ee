#!/bin/busybox sh
# The first program of either kernel, in its initial file system: finds the disk and goes on from there.
b=/bin/busybox
$b mount -t devtmpfs dev /dev
for module in /modules/*; do $b insmod "$module"; done
tries=100
until [ -b /dev/vda ] || [ $tries -eq 0 ]; do
    $b sleep 0.1
    tries=$((tries - 1))
done
$b mount -t ext4 /dev/vda /disk || echo 'guest: there is no disk'
$b mount --move /dev /disk/dev
exec $b switch_root /disk /sbin/init
