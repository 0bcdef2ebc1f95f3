// SPDX-License-Identifier: GPL-3.0-or-later
/* What Linux says of the machine under a store: file system, disk encryption, swap, terminal. For `doctor`; knows nothing of guichet. */
#ifndef GUICHET_CLI_MACHINE_H
#define GUICHET_CLI_MACHINE_H

#include <stdbool.h>
#include <stddef.h>

enum certainty { CERTAIN_NO, CERTAIN_YES, UNCERTAIN };

/* The name of a file system that is not local or does not last ("NFS", "CIFS", "FUSE", "tmpfs"...; constant), or NULL. *lasts: false for one in memory. */
const char *machine_doubtful_file_system(const char *path, bool *lasts);
/* Whether the device under a file is encrypted by dm-crypt (LUKS...), through LVM and RAID. UNCERTAIN where the kernel does not show the device
 * (containers, network, file systems over several devices). */
enum certainty machine_is_encrypted(const char *path);
/* Whether all swap is encrypted or in memory; *any: false when there is none. */
enum certainty machine_swap_is_encrypted(bool *any);
/* Whether terminfo knows this terminal. */
bool machine_knows_terminal(const char *term);

#endif
