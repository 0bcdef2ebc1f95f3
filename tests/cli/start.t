#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# What every start pays for.
. "$(dirname "$0")/lib.sh"

# Protects the first screen: the library that talks with a server brings thirty others along; it comes with the first exchange, not with the program.
linked=$(LD_TRACE_LOADED_OBJECTS=1 "$GUICHET" 2>/dev/null)
case $linked in *libsqlite3*) true ;; *) false ;; esac
result $? 'the loader says what the program is linked with'
case $linked in *libcurl* | *libssl* | *libgnutls*) false ;; *) true ;; esac
result $? 'nothing of the network is linked'

finish
