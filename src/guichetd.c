// SPDX-License-Identifier: GPL-3.0-or-later
/* The central server's program: all of it is in the modules. */
#include "guichet/server/daemon.h"

int main(int argc, char **argv)
{
	return guichetd_main(argc, argv);
}
