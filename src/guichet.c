// SPDX-License-Identifier: GPL-3.0-or-later
/* The desk's program: all of it is in the modules. */
#include "cli/cli.h"

int main(int argc, char **argv)
{
	return (int)cli_main(argc, argv);
}
