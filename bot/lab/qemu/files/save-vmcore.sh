#!/bin/sh
# The names are those of kexec-tools on Red Hat's and kin. Only what is whole gets its last name.
folder=/var/crash/127.0.0.1-$(date -u +%Y-%m-%d-%H:%M:%S)
mkdir -p "$folder"
echo "kdump: saving vmcore to $folder"
vmcore-dmesg /proc/vmcore >"$folder/vmcore-dmesg-incomplete.txt" \
    && mv "$folder/vmcore-dmesg-incomplete.txt" "$folder/vmcore-dmesg.txt"
# The kernel that crashed had no time left to print this: what it says inside an NMI is printed later.
grep -a -e 'NMI received' -e 'Kernel panic' "$folder/vmcore-dmesg.txt"
makedumpfile -l --message-level 1 -d 31 /proc/vmcore "$folder/vmcore-incomplete" \
    && mv "$folder/vmcore-incomplete" "$folder/vmcore" \
    && echo 'kdump: saved vmcore'
sync
reboot -f
