# SPDX-License-Identifier: GPL-3.0-or-later
# guichet: plain GNU make, out of tree (build/).
BUILD ?= build
CC ?= gcc
PKGS = sqlite3 jansson libsodium libutf8proc readline
WARN = -Wall -Wextra -Wpedantic -Wshadow -Wconversion -Wno-sign-conversion
OPT ?= -O2 -g
CFLAGS += -std=c17 -D_GNU_SOURCE $(OPT) $(WARN) $(SAN) -fstack-protector-strong -Iinclude $(shell pkg-config --cflags $(PKGS) 2>/dev/null) -MMD -MP
LDLIBS += $(shell pkg-config --libs $(PKGS) 2>/dev/null) -liniparser -lm -lpthread
LIBSRC = $(wildcard src/*/*.c)
LIBOBJ = $(LIBSRC:%.c=$(BUILD)/%.o)
UNIT = $(patsubst tests/unit/%.c,$(BUILD)/tests/%,$(wildcard tests/unit/test_*.c))
.PHONY: all clean check-unit
all: $(BUILD)/guichet
$(BUILD)/guichet: $(BUILD)/src/guichet.o $(BUILD)/libguichet.a
	$(CC) $(CFLAGS) $(LDFLAGS) -o $@ $^ $(LDLIBS)
$(BUILD)/libguichet.a: $(LIBOBJ)
	rm -f $@; ar rcs $@ $^
$(BUILD)/%.o: %.c
	@mkdir -p $(@D)
	$(CC) $(CFLAGS) -c -o $@ $<
$(BUILD)/tests/%: tests/unit/%.c $(BUILD)/libguichet.a
	@mkdir -p $(@D)
	$(CC) $(CFLAGS) $(LDFLAGS) -o $@ $^ -lcmocka $(LDLIBS)
check-unit: $(UNIT)
	@for t in $(UNIT); do $$t || exit 1; done
clean:
	rm -rf $(BUILD)
-include $(LIBOBJ:.o=.d)
