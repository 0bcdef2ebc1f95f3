# SPDX-License-Identifier: GPL-3.0-or-later
# guichet: plain GNU make, out of tree. `make help` lists the targets; contrib/HACKING.md says more.
#
# Nothing here may need pkg-config while the file is read: `make run` starts on a machine that does not have it yet.

VERSION = 0.1.0
BUILD ?= build
PREFIX ?= /usr/local
DATADIR = $(PREFIX)/share/guichet
LOCALEDIR = $(PREFIX)/share/locale

ifeq ($(origin CC),default)
CC = gcc
endif
OPT ?= -O2 -g

PKGS = sqlite3 jansson libsodium libutf8proc readline ncursesw libmicrohttpd libpq libcurl libzstd zlib
# Asked for at the first use, and only once.
PKG_CFLAGS = $(eval PKG_CFLAGS := $$(shell pkg-config --cflags $(PKGS)))$(PKG_CFLAGS)
# GMime is loaded at the first mail: nothing is linked with it, and its headers are not ours to mend.
MAIL_CFLAGS = $(eval MAIL_CFLAGS := $$(patsubst -I%,-isystem %,$$(shell pkg-config --cflags-only-I gmime-3.0)))$(MAIL_CFLAGS)
PKG_LIBS = $(eval PKG_LIBS := $$(shell pkg-config --libs $(PKGS)))$(PKG_LIBS)

WARN = -Wall -Wextra -Wpedantic -Wshadow -Wconversion -Wno-sign-conversion -Wstrict-prototypes -Wvla
ifeq ($(CI),true)
WARN += -Werror
endif

MACHINE := $(shell uname -m)
HARDEN = -fPIE -fstack-protector-strong -fstack-clash-protection $(if $(filter x86_64,$(MACHINE)),-fcf-protection)
# Fortified libc calls need an optimiser, and hide from the sanitizers what they would tell better.
FORTIFY = $(if $(SAN)$(filter -O0,$(OPT)),,-U_FORTIFY_SOURCE -D_FORTIFY_SOURCE=2)
DEFINES = -D_GNU_SOURCE -DGUICHET_VERSION='"$(VERSION)"' -DGUICHET_DATADIR='"$(DATADIR)"' \
	-DGUICHET_LOCALEDIR='"$(LOCALEDIR)"'
ALL_CFLAGS = -std=c17 $(OPT) $(WARN) $(HARDEN) $(FORTIFY) $(SAN) -Iinclude $(DEFINES) $(PKG_CFLAGS) $(CPPFLAGS) $(CFLAGS)
ALL_LDFLAGS = -pie -Wl,-z,relro -Wl,-z,now -Wl,--as-needed $(SAN) $(LDFLAGS)
ALL_LIBS = $(PKG_LIBS) -liniparser -lpam -lm -lpthread $(LDLIBS)

# MODULES="base core" builds from these alone: for work on a tree whose other modules do not compile.
MODULES ?= $(patsubst src/%/,%,$(wildcard src/*/))
LIB = $(BUILD)/libguichet.a
LIBSRC = $(wildcard $(MODULES:%=src/%/*.c))
LIBOBJ = $(LIBSRC:%.c=$(BUILD)/%.o)

# In tests/unit, test_*.c are programs, and the other files are shared by all of them.
UNIT = $(patsubst tests/unit/%.c,$(BUILD)/tests/%,$(wildcard tests/unit/test_*.c))
UNITOBJ = $(patsubst %.c,$(BUILD)/%.o,$(filter-out tests/unit/test_%,$(wildcard tests/unit/*.c)))
# In tests/screen, test_*.c are programs that drive others in a pseudo-terminal; sample is one to be driven, drive does it from a script.
SCREEN = $(patsubst tests/screen/%.c,$(BUILD)/screen/%,$(wildcard tests/screen/test_*.c))
SCREENTOOLS = $(BUILD)/screen/sample $(BUILD)/screen/drive $(BUILD)/screen/typist
SCREENOBJ = $(patsubst %,$(BUILD)/tests/screen/%.o,vt pty xterm moment desk strokes script ssh office)
BENCH = $(patsubst tests/bench/%.c,$(BUILD)/bench/%,$(wildcard tests/bench/bench_*.c))
# bare_list is a program of its own, on nothing of ours: what the screens are compared with.
BARE = $(BUILD)/bench/bare_list
# What each key costs, in counts that no other work on the machine changes: a part of `make check`.
COSTS = $(BUILD)/bench/test_costs
BENCHOBJ = $(patsubst %.c,$(BUILD)/%.o,$(filter-out tests/bench/bench_% tests/bench/bare_% tests/bench/test_%,$(wildcard tests/bench/*.c)))
# The simulator: desks and the server in one process.
SIM = $(BUILD)/sim/sim
SIMOBJ = $(patsubst %.c,$(BUILD)/%.o,$(wildcard tests/sim/*.c)) $(BUILD)/tests/unit/store_fixture.o
# Faults on real processes: desks on a bad line, a server and its database that are killed.
FAULTS = $(BUILD)/faults/faults
FAULTSOBJ = $(patsubst %.c,$(BUILD)/%.o,$(wildcard tests/faults/*.c)) $(BUILD)/tests/unit/postgres_fixture.o
# What is read in mails, printed for tests/mails/table to compare.
MAILS = $(BUILD)/mails/mails
FUZZSRC = $(wildcard tests/fuzz/fuzz_*.c)
FUZZ = $(patsubst tests/fuzz/%.c,$(BUILD)/fuzz/%,$(FUZZSRC))
LIBFUZZ = $(patsubst tests/fuzz/%.c,$(BUILD)/libfuzz/%,$(FUZZSRC))
CLI = $(wildcard tests/cli/*.t)
RULES = $(wildcard tests/lint/*.t)
MO = $(patsubst data/po/%.po,$(BUILD)/locale/%/LC_MESSAGES/guichet.mo,$(wildcard data/po/*.po))

ifeq ($(V),1)
Q =
say = @:
else
Q = @
say = @printf '  %-6s %s\n' $(1) $(2)
endif

# A sub-make uses every core unless the user said how many.
CORES := $(shell nproc 2>/dev/null || echo 1)
SUBMAKE = $(MAKE) --no-print-directory $(if $(findstring jobserver,$(MAKEFLAGS)),,-j$(CORES))
ASAN = $(BUILD)/asan
ASANFLAGS = BUILD=$(ASAN) OPT='-O1 -g' SAN='-fsanitize=address,undefined -fno-sanitize-recover=all -fno-omit-frame-pointer'
ASANENV = ASAN_OPTIONS=detect_stack_use_after_return=1 UBSAN_OPTIONS=print_stacktrace=1

FUZZ_RUNS ?= 20000
FUZZ_SECONDS ?= 60

.PHONY: all faults sim sim-bugs type kills units screens mo fuzzers benches run deps deps-check check check-unit check-cli check-screen asan roles valgrind fuzz \
	bench bench-huge mails coverage lint cppcheck tidy format pot install uninstall clean files help FORCE
.DELETE_ON_ERROR:
.SECONDARY:

all: $(BUILD)/guichet $(BUILD)/guichetd $(if $(shell command -v msgfmt),mo) ## build guichet and its translations

# --- building -------------------------------------------------------------------------------------------------------

$(BUILD)/guichet $(BUILD)/guichetd: $(BUILD)/%: $(BUILD)/src/%.o $(LIB)
	$(call say,LINK,$@)
	$(Q)$(CC) $(ALL_CFLAGS) $(ALL_LDFLAGS) -o $@ $^ $(ALL_LIBS)

$(LIB): $(LIBOBJ)
	$(call say,AR,$@)
	$(Q)mkdir -p $(@D) && rm -f $@ && $(AR) qcs $@ $^

$(BUILD)/%.o: %.c $(BUILD)/.flags
	$(call say,CC,$<)
	$(Q)mkdir -p $(@D) && $(CC) $(ALL_CFLAGS) $(MODULE_CFLAGS) -MMD -MP -c -o $@ $<

$(BUILD)/src/mail/%.o: private MODULE_CFLAGS = $(MAIL_CFLAGS)
$(BUILD)/tests/bench/bench_mail.o: private MODULE_CFLAGS = $(MAIL_CFLAGS)

# Its assembly takes the migrations in.
$(BUILD)/src/store/migrations.o: $(wildcard data/migrations/*.sql)
$(BUILD)/src/server/ledger.o: $(wildcard data/server/*.sql)

# Changes when the flags do: an object is never mixed with others built another way.
$(BUILD)/.flags: export FLAGS_IN_USE = $(CC) $(ALL_CFLAGS)
$(BUILD)/.flags: FORCE
	@mkdir -p $(@D); printf '%s\n' "$$FLAGS_IN_USE" | cmp -s - $@ || printf '%s\n' "$$FLAGS_IN_USE" >$@

units: $(UNIT)
$(UNIT): $(BUILD)/tests/%: $(BUILD)/tests/unit/%.o $(UNITOBJ) $(LIB)
	$(call say,LINK,$@)
	$(Q)mkdir -p $(@D) && $(CC) $(ALL_CFLAGS) $(ALL_LDFLAGS) -o $@ $^ -lcmocka $(ALL_LIBS)

screens: $(SCREEN) $(SCREENTOOLS)
$(SCREEN): $(SCREENTOOLS)
$(SCREEN) $(BUILD)/screen/typist: | $(BUILD)/guichet $(BUILD)/guichetd $(BUILD)/screen/moment.so
$(BUILD)/screen/moment.so: tests/screen/moment_loaded.c tests/screen/moment.h $(BUILD)/.flags
	$(call say,LINK,$@)
	$(Q)mkdir -p $(@D) && $(CC) -std=c17 $(OPT) $(WARN) -fPIC -shared -Iinclude $(DEFINES) -o $@ $<
$(SCREEN) $(SCREENTOOLS): $(BUILD)/screen/%: $(BUILD)/tests/screen/%.o $(SCREENOBJ) $(LIB)
	$(call say,LINK,$@)
	$(Q)mkdir -p $(@D) && $(CC) $(ALL_CFLAGS) $(ALL_LDFLAGS) -o $@ $(filter-out $(SCREENTOOLS),$^) -lcmocka $(ALL_LIBS)

# The fuzz targets with a small driver of ours: replay and reproducible mutations with gcc alone.
fuzzers: $(FUZZ)
$(FUZZ): $(BUILD)/fuzz/%: $(BUILD)/tests/fuzz/%.o $(BUILD)/tests/fuzz/driver.o $(LIB)
	$(call say,LINK,$@)
	$(Q)mkdir -p $(@D) && $(CC) $(ALL_CFLAGS) $(ALL_LDFLAGS) -o $@ $^ $(ALL_LIBS)

# The same with libFuzzer.
$(LIBFUZZ): $(BUILD)/libfuzz/%: $(BUILD)/tests/fuzz/%.o $(LIB)
	$(call say,LINK,$@)
	$(Q)mkdir -p $(@D) && $(CC) $(ALL_CFLAGS) $(ALL_LDFLAGS) -fsanitize=fuzzer -o $@ $^ $(ALL_LIBS)

benches: $(BENCH) $(BARE)
$(BARE): $(BUILD)/tests/bench/bare_list.o
	$(call say,LINK,$@)
	$(Q)mkdir -p $(@D) && $(CC) $(ALL_CFLAGS) $(ALL_LDFLAGS) -o $@ $^ $(ALL_LIBS)
$(BENCH) $(COSTS): $(BUILD)/bench/%: $(BUILD)/tests/bench/%.o $(BENCHOBJ) $(filter-out %/office.o,$(SCREENOBJ)) $(BUILD)/tests/unit/postgres_fixture.o $(LIB)
	$(call say,LINK,$@)
	$(Q)mkdir -p $(@D) && $(CC) $(ALL_CFLAGS) $(ALL_LDFLAGS) -o $@ $^ $(if $(filter $(COSTS),$@),-lcmocka) $(ALL_LIBS)

# Its false disk sees what the store does with files beside SQLite.
$(SIM): $(SIMOBJ) $(LIB)
	$(call say,LINK,$@)
	$(Q)mkdir -p $(@D) && $(CC) $(ALL_CFLAGS) $(ALL_LDFLAGS) -Wl,--wrap=open,--wrap=unlink,--wrap=rename -o $@ $^ -lcmocka $(ALL_LIBS)

$(FAULTS): $(FAULTSOBJ) $(LIB) | $(BUILD)/guichet $(BUILD)/guichetd
	$(call say,LINK,$@)
	$(Q)mkdir -p $(@D) && $(CC) $(ALL_CFLAGS) $(ALL_LDFLAGS) -o $@ $^ $(ALL_LIBS)

$(MAILS): $(BUILD)/tests/mails/mails.o $(LIB)
	$(call say,LINK,$@)
	$(Q)mkdir -p $(@D) && $(CC) $(ALL_CFLAGS) $(ALL_LDFLAGS) -o $@ $^ $(ALL_LIBS)

mo: $(MO)
$(BUILD)/locale/%/LC_MESSAGES/guichet.mo: data/po/%.po
	$(call say,MO,$@)
	$(Q)mkdir -p $(@D) && msgfmt -c -o $@ $<

# The program writes its own manual, in each of its languages.
MAN = $(BUILD)/man/man1/guichet.1 $(BUILD)/man/fr/man1/guichet.1
man: $(MAN) ## the manual pages, under build/man
$(BUILD)/man/man1/guichet.1: MANLANG = en
$(BUILD)/man/fr/man1/guichet.1: MANLANG = fr
$(MAN): $(BUILD)/guichet $(MO)
	$(call say,MAN,$@)
	$(Q)mkdir -p $(@D) && $(BUILD)/guichet --lang $(MANLANG) help --manual >$@

# French is the language of the sources: fr.po only repeats them, for the plurals that no locale without it can make.
pot: ## collect the messages of the sources into data/po
	@contrib/deps build
	$(Q)xgettext --language=C --from-code=UTF-8 --keyword=_ --keyword=N_ --add-comments=tr: --add-location=file --sort-by-file \
		--package-name=guichet --package-version=$(VERSION) -o data/po/guichet.pot \
		$(sort $(wildcard $(addsuffix /*.[chd]*,src $(patsubst %/,%,$(wildcard src/*/ include/guichet/*/)))))
	$(Q)sed -i -e '1c # SPDX-License-Identifier: GPL-3.0-or-later' -e '2,/^#$$/d' -e '/^"POT-Creation-Date/d' data/po/guichet.pot
	$(Q)for l in fr en; do msgmerge -q --update --backup=none --no-fuzzy-matching --add-location=file \
		data/po/$$l.po data/po/guichet.pot || exit 1; done
	$(Q)msgen -o data/po/fr.po data/po/fr.po
	@for l in fr en; do printf '%s: ' $$l; msgfmt -c --statistics -o /dev/null data/po/$$l.po || exit 1; done

# --- running --------------------------------------------------------------------------------------------------------

run: ## install what is missing, build, and play an agent's day on a demo store
	@contrib/deps build
	+@$(SUBMAKE) all
	@GUICHET='$(abspath $(BUILD)/guichet)' data/demo/day

deps: ## install the packages that building needs (Debian)
	@contrib/deps build
deps-check: ## install the packages that `make check` needs beside them
	@contrib/deps build check

# --- checking -------------------------------------------------------------------------------------------------------

check: ## unit tests, command line, house rules, the unit tests under ASan and UBSan, a short fuzz
	@contrib/deps build check
	+@$(SUBMAKE) all units screens $(SIM) $(COSTS) $(FAULTS)
	+@$(SUBMAKE) $(ASANFLAGS) units screens fuzzers
	@$(ASANENV) GUICHET='$(abspath $(BUILD)/guichet)' tests/run -j $(CORES) $(RULES) $(UNIT) $(SCREEN) $(COSTS) $(CLI) \
		$(patsubst $(BUILD)/%,-c '$(ASAN)/%',$(UNIT) $(BUILD)/screen/test_screen) \
		-c '$(ASAN)/screen/test_app tour' -c '$(ASAN)/screen/typist -strokes 250' \
		-c '$(SIM) -seeds 80' -c '$(SIM) -from 248 -seeds 1' -c '$(FAULTS) -operations 200 -kills 6' -c '$(FAULTS) -operations 60 -kills 2 -on cluster' \
		$(foreach f,$(FUZZ:$(BUILD)/fuzz/fuzz_%=%),-c '$(ASAN)/fuzz/fuzz_$f -runs=$(FUZZ_RUNS) -seconds=5 -keep=$(ASAN)/ tests/fuzz/corpus/$f')

check-unit: ## the unit tests alone
	@contrib/deps build check
	+@$(SUBMAKE) units
	@tests/run -j $(CORES) $(UNIT)

check-cli: ## the command-line tests alone
	@contrib/deps build check
	+@$(SUBMAKE) all
	@GUICHET='$(abspath $(BUILD)/guichet)' tests/run -j $(CORES) $(CLI)

# Seeds from TYPE_SEEDS on, TYPE_STROKES strokes each, until TYPE_MINUTES are over.
TYPE_SEEDS ?= 1
TYPE_STROKES ?= 1000
TYPE_MINUTES ?= 10
# Seeds from FROM on, SEEDS of them, ACTIONS each.
SEEDS ?= 1000
FROM ?= 1
ACTIONS ?= 700
sim: ## the simulator: SEEDS (1000) lives of desks and a server, from seed FROM (1), ACTIONS (700) each
	@contrib/deps build check
	+@$(SUBMAKE) $(SIM)
	@$(SIM) -from $(FROM) -seeds $(SEEDS) -actions $(ACTIONS)


sim-bugs: ## bugs planted in the code that synchronises, each of which the simulator has to find
	@contrib/deps build check
	+@$(SUBMAKE) BUILD=$(BUILD)/bugs CPPFLAGS=-DGUICHET_SIM_BUGS $(BUILD)/bugs/sim/sim
	@$(BUILD)/bugs/sim/sim -bugs -seeds 400 -actions 700

type: ## a typist who tries everything at the screens under ASan and UBSan, for TYPE_MINUTES (10), from seed TYPE_SEEDS (1)
	@contrib/deps build check
	+@$(SUBMAKE) $(ASANFLAGS) $(ASAN)/screen/typist
	@LC_ALL=C.UTF-8 $(ASAN)/screen/typist -seed $(TYPE_SEEDS) -strokes $(TYPE_STROKES) -minutes $(TYPE_MINUTES)

# Until FAULT_OPERATIONS were acknowledged through FAULT_KILLS kills, on each database; the cluster has a standby that is promoted.
FAULT_OPERATIONS ?= 60000
FAULT_KILLS ?= 300
FAULT_SEED ?= 1
FAULT_SECONDS ?= 3600
faults: ## desks on a bad line, processes killed at random: what was acknowledged, what is missing (FAULT_OPERATIONS, FAULT_KILLS, FAULT_SEED)
	@contrib/deps build check
	+@$(SUBMAKE) all $(FAULTS)
	@$(FAULTS) -desks 4 -operations $(FAULT_OPERATIONS) -kills $(FAULT_KILLS) -seed $(FAULT_SEED) -seconds $(FAULT_SECONDS) -on sqlite -on postgres
	@$(FAULTS) -desks 4 -operations $(or $(FAULT_CLUSTER),3000) -kills 20 -seed $(FAULT_SEED) -seconds $(FAULT_SECONDS) -on cluster || [ $$? -eq 77 ]

kills: ## a form killed KILLS (50) times while it is typed: what was offered again, what was lost
	@contrib/deps build check
	+@$(SUBMAKE) all $(BUILD)/screen/test_kills
	@KILLS=$(or $(KILLS),50) LC_ALL=C.UTF-8 $(BUILD)/screen/test_kills

# Where real mails are; they are not ours to keep here.
MAIL_FOLDER ?= ../shared/data/mails
mails: ## what is read in a folder of mails (MAIL_FOLDER), under ASan and UBSan, beside what others read in the same ones
	@contrib/deps build
	+@$(SUBMAKE) $(ASANFLAGS) $(ASAN)/mails/mails
	@if [ -d '$(MAIL_FOLDER)' ]; then tests/mails/table $(ASAN)/mails/mails '$(MAIL_FOLDER)'; else echo 'skipped: no folder $(MAIL_FOLDER)'; fi

check-screen: ## the screens alone, in pseudo-terminals
	@contrib/deps build check
	+@$(SUBMAKE) all screens
	@GUICHET='$(abspath $(BUILD)/guichet)' tests/run -j $(CORES) $(SCREEN)

asan: ## unit and command-line tests under ASan and UBSan
	@contrib/deps build check
	+@$(SUBMAKE) $(ASANFLAGS) all units
	@$(ASANENV) GUICHET='$(abspath $(ASAN)/guichet)' tests/run -j $(CORES) $(UNIT:$(BUILD)/%=$(ASAN)/%) $(CLI)

roles: ## who may ask the server for what: every endpoint for every kind of caller, as a table
	@contrib/deps build check
	+@$(SUBMAKE) $(BUILD)/tests/test_api_roles
	@$(BUILD)/tests/test_api_roles 2>/dev/null | grep -v '^\['

valgrind: ## the unit tests under valgrind
	@contrib/deps build check valgrind
	+@$(SUBMAKE) units
	@tests/run -j $(CORES) -t 1800 \
		$(foreach t,$(UNIT),-c 'valgrind -q --leak-check=full --show-leak-kinds=definite,indirect --error-exitcode=99 $t')

fuzz: ## each fuzz target for FUZZ_SECONDS (60) under libFuzzer
	@contrib/deps build fuzz
	+@$(SUBMAKE) BUILD=$(BUILD)/clang CC=clang OPT='-O1 -g' \
		SAN='-fsanitize=fuzzer-no-link,address,undefined -fno-sanitize-recover=all' $(LIBFUZZ:$(BUILD)/%=$(BUILD)/clang/%)
	@$(foreach f,$(LIBFUZZ:$(BUILD)/libfuzz/fuzz_%=%),mkdir -p $(BUILD)/found/$f && $(BUILD)/clang/libfuzz/fuzz_$f \
		-max_total_time=$(FUZZ_SECONDS) -print_final_stats=1 -artifact_prefix=$(BUILD)/found/$f- $(BUILD)/found/$f \
		$(wildcard tests/fuzz/corpus/$f) && ):

# One after the other, all of them whatever they find; the stores that one made serve the next.
bench: ## the measures, each as a ratio to a floor of the same run
	@contrib/deps build
	+@$(SUBMAKE) all benches
	@keep=$$(mktemp -d "$${BENCH_DIR:-/var/tmp}/guichet-bench-XXXXXX") && trap 'rm -rf "$$keep"' EXIT && status=0 && \
		for b in $(BENCH); do BENCH_KEEP="$$keep" GUICHET='$(abspath $(BUILD)/guichet)' $$b $(BENCH_ARGS) || status=1; done; exit $$status

bench-huge: ## the same on 3.5 million requests (14 GB in BENCH_DIR, an hour)
	+@BENCH_REQUESTS=3500000 $(MAKE) --no-print-directory bench

coverage: ## line coverage of src/core and src/store by the unit and command-line tests
	@contrib/deps build check
	@rm -rf $(BUILD)/coverage
	+@$(SUBMAKE) BUILD=$(BUILD)/coverage OPT='-O0 -g' SAN='--coverage -fprofile-update=atomic' all units
	@GUICHET='$(abspath $(BUILD)/coverage/guichet)' tests/run -j $(CORES) $(UNIT:$(BUILD)/%=$(BUILD)/coverage/%) $(CLI)
	@tests/coverage $(BUILD)/coverage core store

lint: ## house rules, cppcheck, clang-tidy
	@contrib/deps build lint
	@mkdir -p $(BUILD)
	@tests/run $(RULES)
	+@$(SUBMAKE) -k cppcheck tidy

# Left to clang's analyser and valgrind: uninitvar, which cppcheck sees in every array that a loop of no turns leaves unused.
# getpwuid and readdir: called from one thread only, and readdir_r is withdrawn.
cppcheck:
	@cppcheck -q --std=c11 --library=posix,gnu --enable=warning,portability,performance --inline-suppr --error-exitcode=1 \
		--suppress=missingIncludeSystem --suppress=uninitvar --suppress=getpwuidCalled --suppress=readdirCalled -Iinclude $(DEFINES) src

TIDY = $(addprefix $(BUILD)/tidy/,$(wildcard src/*.c src/*/*.c))
tidy: $(TIDY)
$(TIDY): $(BUILD)/tidy/%: % FORCE
	$(call say,TIDY,$<)
	@mkdir -p $(@D)
	@clang-tidy --quiet $< -- -std=c17 $(WARN) -Iinclude $(DEFINES) $(PKG_CFLAGS) $(MAIL_CFLAGS) >$@ 2>&1 || { cat $@; exit 1; }

# Headers are laid out by hand: they are read more than written.
FILES = $(wildcard src/*.c src/*/*.c tests/*/*.c)
format: ## lay out the C files with clang-format (FILES= for some of them)
	@contrib/deps format
	clang-format -i $(FILES)

# --- installing -----------------------------------------------------------------------------------------------------

install: all man ## install under PREFIX (/usr/local), staged in DESTDIR
	install -d $(DESTDIR)$(PREFIX)/bin $(DESTDIR)$(DATADIR)
	install -m 755 $(BUILD)/guichet $(BUILD)/guichetd $(DESTDIR)$(PREFIX)/bin/
	for d in $(wildcard $(addprefix data/,catalogue maps privacy templates)); do \
		(cd data && find $${d#data/} -type f -exec install -D -m 644 {} $(DESTDIR)$(DATADIR)/{} \;) || exit 1; done
	for f in $(MAN:$(BUILD)/man/%=%); do \
		install -D -m 644 $(BUILD)/man/$$f $(DESTDIR)$(PREFIX)/share/man/$$f || exit 1; done
	install -D -m 644 contrib/completion/guichet.bash $(DESTDIR)$(PREFIX)/share/bash-completion/completions/guichet
	for l in $(MO:$(BUILD)/locale/%/LC_MESSAGES/guichet.mo=%); do \
		install -D -m 644 $(BUILD)/locale/$$l/LC_MESSAGES/guichet.mo $(DESTDIR)$(LOCALEDIR)/$$l/LC_MESSAGES/guichet.mo || exit 1; done

uninstall: ## remove what install put under PREFIX
	rm -rf $(DESTDIR)$(DATADIR)
	rm -f $(DESTDIR)$(PREFIX)/bin/guichet $(DESTDIR)$(PREFIX)/bin/guichetd $(DESTDIR)$(LOCALEDIR)/*/LC_MESSAGES/guichet.mo
	rm -f $(MAN:$(BUILD)/man/%=$(DESTDIR)$(PREFIX)/share/man/%) $(DESTDIR)$(PREFIX)/share/bash-completion/completions/guichet

clean: ## remove everything that was built
	rm -rf $(BUILD)

files: ## one line for each source file, from its opening comment
	@perl -0777 -ne 'my ($$text) = m{/\*\s*(.*?)\s*\*/}s; $$text =~ s/\s*\n\s*\*\s*/ /g; $$text =~ s/\.(\s.*|\z)//s; \
		printf "%-40s %s\n", $$ARGV, $$text' $(wildcard include/guichet/*/*.h src/*.c src/*/*.c src/*/*.h)

help: ## this list
	@sed -n 's/^\([a-z-]*\):.* ## \(.*\)/  \1	\2/p' Makefile | expand -t 16

-include $(wildcard $(BUILD)/src/*.d $(BUILD)/src/*/*.d $(BUILD)/tests/*/*.d)
