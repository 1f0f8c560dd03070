# ae - build, test, install.  `make help` lists the targets.
#
# Everything is found by wildcard: a new source, command, page, preset or test
# needs no line here.  CC, CFLAGS, CPPFLAGS, LDFLAGS, PREFIX, LIBDIR, DATADIR
# and DESTDIR are the user's; flags that the sources need are kept apart in
# ALL_*.  install.mk installs and packs.

BUILD   ?= build
CC      ?= cc
PREFIX  ?= /usr/local
LIBDIR  ?= $(PREFIX)/lib
DATADIR ?= $(PREFIX)/share/ae
# Where commands look for the library, from their own folder; in a package
# that installs it where the system looks anyway, nothing.
RPATH   ?= $$ORIGIN/../lib$(if $(filter-out $(PREFIX)/lib,$(LIBDIR)),:$(patsubst \
           $(PREFIX)/%,$$ORIGIN/../%,$(LIBDIR)))
OPT     ?= -O2 -g
WARN    ?= -Wall -Wextra -Wshadow -Wconversion -Wstrict-prototypes \
           -Wmissing-prototypes -Wvla
HARDEN  ?= -U_FORTIFY_SOURCE -D_FORTIFY_SOURCE=2 -fstack-protector-strong
HARDLD  ?= -pie -Wl,-z,relro,-z,now,-z,noexecstack
SANITIZE ?=
FUZZ_SECONDS ?= 60
FUZZ_CC ?= clang
VERSION := $(shell sed -n 's/^.define AE_VERSION "\(.*\)"/\1/p' lib/ae.h)
ABI := $(shell sed -n 's/^.define AE_ABI \(.*\)/\1/p' lib/ae.h)

# Formats that a build can do without: found here, or `make TIFF=0 WEBP=0`.
# Exported, so that a make within a test has the same.
TIFF_PKGS = libtiff-4
WEBP_PKGS = libwebp libwebpdemux libwebpmux
found    = $(shell pkg-config --exists $(1) 2> /dev/null && echo 1 || echo 0)
TIFF    ?= $(call found,--atleast-version=4.5 $(TIFF_PKGS))
WEBP    ?= $(call found,$(WEBP_PKGS))
HAS_TIFF := $(if $(filter 1,$(TIFF)),1,0)
HAS_WEBP := $(if $(filter 1,$(WEBP)),1,0)
export TIFF WEBP
# Training by several processes, when asked for: `make MPI=1`, of what
# pkg-config knows, or `MPI_PKG=mpich`.
MPI     ?= 0
MPI_PKG ?= $(firstword $(foreach p,ompi-c mpich,$(if \
           $(filter 1,$(call found,$(p))),$(p))))
HAS_MPI := $(if $(filter 1,$(MPI)),1,0)
export MPI

PKGS     = libpng libjpeg lcms2 fftw3f jansson zlib \
           $(if $(filter 1,$(HAS_TIFF)),$(TIFF_PKGS)) \
           $(if $(filter 1,$(HAS_WEBP)),$(WEBP_PKGS))
ALL_CPPFLAGS = -D_POSIX_C_SOURCE=200809L -DAE_WITH_TIFF=$(HAS_TIFF) \
               -DAE_WITH_WEBP=$(HAS_WEBP) -Ilib -MMD -MP $(CPPFLAGS)
ALL_CFLAGS = -std=c11 $(OPT) $(WARN) $(HARDEN) -fPIC -fvisibility=hidden \
             -ffp-contract=off -fno-math-errno -pthread $(PKG_CFLAGS) \
             $(CFLAGS) $(SANITIZE)
ALL_LDFLAGS = $(HARDLD) $(LDFLAGS) $(SANITIZE)
PKG_CFLAGS := $(shell pkg-config --cflags $(PKGS) 2>/dev/null)
PKG_LIBS := $(shell pkg-config --libs $(PKGS) 2>/dev/null)
# One object sees MPI, so that no other is built anew for it.
MPI_CFLAGS := $(if $(filter 1,$(HAS_MPI)),$(shell pkg-config --cflags \
              $(MPI_PKG) | sed 's/-I/-isystem /g'))
MPI_LIBS   := $(if $(filter 1,$(HAS_MPI)),$(shell pkg-config --libs $(MPI_PKG)))
# OpenBLAS is loaded when linear algebra begins (lib/base/blas.c).
LIBS     = $(PKG_LIBS) $(MPI_LIBS) -ldl -lm -pthread

LEFTOUT := $(if $(filter 1,$(HAS_TIFF)),,lib/image/tiff/*.c) \
           $(if $(filter 1,$(HAS_WEBP)),,lib/image/webp/*.c) \
           lib/train/ranks/ranks_$(if $(filter 1,$(HAS_MPI)),one,mpi).c
LIBSRC := $(filter-out $(wildcard $(LEFTOUT)),$(wildcard lib/*/*.c lib/*/*/*.c))
LIBOBJ := $(LIBSRC:%.c=$(BUILD)/%.o) $(BUILD)/gen/embedded.o \
          $(BUILD)/gen/page.o
CMDSRC := $(wildcard cmd/ae-*.c)
CMDLIB := $(patsubst %.c,$(BUILD)/%.o,$(filter-out $(CMDSRC), \
            $(wildcard cmd/*.c)))
CMDS   := $(CMDSRC:cmd/%.c=$(BUILD)/bin/%)
SONAME := libae.so.$(ABI)
SHLIB  := $(BUILD)/lib/libae.so.$(VERSION)
MODELS := $(wildcard models/*.ae models/*.alias models/*.safetensors)

# A line a step, "CC lib/base/err.c", so that warnings stand out; `make V=1`
# shows whole commands, `make -s` nothing.
silent := $(findstring s,$(firstword -$(MAKEFLAGS)))
show    = $(if $(V),,@$(if $(silent),,echo '$(1) $(2)';) )

.DEFAULT_GOAL := all
all: $(BUILD)/libae.a $(SHLIB) $(CMDS) $(BUILD)/bin/ae completions

# ------------------------------------------------------------------ compile

ARCH := $(shell $(CC) -dumpmachine 2> /dev/null | cut -d- -f1)
ifeq ($(ARCH),x86_64)
$(BUILD)/%_avx2.o: ISA += -mavx2 -mfma -mf16c
$(BUILD)/%_avx512.o: ISA += -mavx512f -mavx512dq -mavx512bw -mavx512vl -mfma
$(BUILD)/%_avx512bf16.o: ISA += -mavx512f -mavx512dq -mavx512bw -mavx512vl \
    -mavx512bf16 -mfma
else ifeq ($(ARCH),aarch64)
# Scheduled before registers are given out, loads push sums onto the stack.
$(BUILD)/%_neon.o: ISA += -fno-schedule-insns
endif
# Inner loops; errno and traps are nobody's concern there.
$(BUILD)/lib/kernel/%.o: ISA += -O3 -fno-trapping-math $(KERNEL_FLAGS)
# Products of matrices see no bytes of a file, and a fuzzer's build of them
# takes minutes.
$(BUILD)/lib/kernel/mm_%.o $(BUILD)/lib/kernel/wino_%.o: \
    ISA += $(MATRIX_FLAGS)
$(BUILD)/lib/base/rng.o: ISA += -O3
$(BUILD)/lib/model/safetensors_read.o: ISA += -O3 -fno-trapping-math
$(BUILD)/lib/nn/%.o: ISA += -O3
$(BUILD)/lib/train/ranks/ranks_mpi.o: ISA += $(MPI_CFLAGS)
$(BUILD)/lib/model/model_path.o: ISA += -DAE_DATADIR='"$(DATADIR)"'
$(BUILD)/lib/model/model_path.o: $(BUILD)/gen/datadir

# A change of flags rebuilds what they touch; names of models are kept, too,
# so that one that is gone makes their table anew, and the places that `make
# install PREFIX=...` changes, which one object and the links depend on.  The
# files are written only where they differ, which is seen here: `make -n` and
# `make -q` tell the truth.
KEPT_flags = $(CC) $(ALL_CPPFLAGS) $(ALL_CFLAGS)
KEPT_models = $(MODELS)
KEPT_datadir = $(DATADIR)
KEPT_rpath = $(RPATH) $(ALL_LDFLAGS)
KEPT_mpi = $(MPI_LIBS)
KEEPS := flags models datadir rpath mpi
# What all objects depend on says first that something is missing.
able = [ -n "$(PKG_LIBS)" ] && \
    { [ $(HAS_MPI) -eq 0 ] || [ -n "$(MPI_LIBS)" ]; } && command -v $(lastword $(CC)) > /dev/null || { \
    echo "A compiler or library is missing; make deps installs it:" >&2; \
    sh tests/tools/deps.sh --missing build $(if $(filter 1,$(HAS_MPI)),mpi) >&2; \
    exit 1; }
define keep
ifneq ($$(strip $$(file < $(BUILD)/gen/$(1))),$$(strip $$(KEPT_$(1))))
$(BUILD)/gen/$(1): FORCE
endif
endef
$(foreach kept,$(KEEPS),$(eval $(call keep,$(kept))))
$(KEEPS:%=$(BUILD)/gen/%): $(BUILD)/gen/%:
	@$(able)
	@mkdir -p $(@D)
	@printf '%s\n' '$(subst ','\'',$(KEPT_$*))' > $@

$(BUILD)/%.o: %.c $(BUILD)/gen/flags
	@mkdir -p $(@D)
	$(call show,CC,$<)$(CC) $(ALL_CPPFLAGS) $(ALL_CFLAGS) $(ISA) -c -o $@ $<

$(BUILD)/gen/embedded.c: lib/model/embed.sh $(BUILD)/gen/models $(MODELS)
	$(call show,GEN,$@)sh $< $(MODELS) > $@.tmp && mv $@.tmp $@

$(BUILD)/gen/embedded.o: $(BUILD)/gen/embedded.c $(BUILD)/gen/flags
	$(call show,CC,$<)$(CC) $(ALL_CPPFLAGS) $(ALL_CFLAGS) -c -o $@ $<

PAGETEXTS := $(wildcard lib/page/*.css lib/page/*.js)
$(BUILD)/gen/page.c: lib/page/embed.sh $(PAGETEXTS)
	@mkdir -p $(@D)
	$(call show,GEN,$@)sh $< $(PAGETEXTS) > $@.tmp && mv $@.tmp $@

$(BUILD)/gen/page.o: $(BUILD)/gen/page.c $(BUILD)/gen/flags
	$(call show,CC,$<)$(CC) $(ALL_CPPFLAGS) $(ALL_CFLAGS) -c -o $@ $<

$(BUILD)/libae.a: $(LIBOBJ) $(BUILD)/gen/mpi
	@rm -f $@
	$(call show,AR,$@)$(AR) rcs $@ $(LIBOBJ)

$(SHLIB): $(LIBOBJ) $(BUILD)/gen/mpi lib/libae.map
	$(call show,LD,$@)$(CC) -shared -Wl,-soname,$(SONAME) \
	    -Wl,--version-script,lib/libae.map \
	    $(filter-out -pie,$(ALL_LDFLAGS)) -o $@ $(LIBOBJ) $(LIBS)
	@ln -sf $(@F) $(@D)/$(SONAME)
	@ln -sf $(SONAME) $(@D)/libae.so

# Commands share the library, which carries the models: it lies in ../lib of
# their folder, both here and where they are installed.  A new one needs no
# new link.
$(BUILD)/bin/%: $(BUILD)/cmd/%.o $(CMDLIB) $(BUILD)/gen/rpath | $(SHLIB)
	@mkdir -p $(@D)
	$(call show,LD,$@)$(CC) $(ALL_LDFLAGS) $(RPATH:%=-Wl,-rpath,'%') \
	    -o $@ $(filter %.o,$^) $(SHLIB) -lm -pthread

$(BUILD)/bin/ae: cmd/ae.sh
	@mkdir -p $(@D)
	@install -m 755 $< $@

# -------------------------------------------------------------------- tests

UNIT   := $(patsubst tests/%.c,$(BUILD)/tests/%,$(wildcard tests/unit/*.c))
REF    := $(patsubst %.c,$(BUILD)/%.o,$(wildcard tests/ref/*.c))
PLAIN  := $(patsubst tests/%.c,$(BUILD)/tests/%, \
            $(wildcard tests/grad/*.c tests/golden/*.c tests/model/*.c))
RACE   := $(patsubst tests/%.c,$(BUILD)/tests/%,$(wildcard tests/race/*.c))
KERNEL := $(patsubst %.c,$(BUILD)/%.o,$(wildcard tests/kernel/*.c))
CHECKK := $(if $(KERNEL),$(BUILD)/tests/checkkern)
FAIL   := $(patsubst tests/%.c,$(BUILD)/tests/%,$(wildcard tests/fail/*.c))
TOOLS  := $(patsubst tests/%.c,$(BUILD)/tests/%,$(wildcard tests/tools/*.c))
FUZZ   := $(patsubst tests/%.c,$(BUILD)/tests/%,$(wildcard tests/fuzz/*.c))
REPLAY := $(patsubst $(BUILD)/tests/fuzz/fuzz_%,$(BUILD)/tests/replay/replay_%,\
            $(FUZZ))
CLI    := $(wildcard tests/cli/*.sh)
PROGRAMS := $(UNIT) $(PLAIN) $(RACE) $(CHECKK) $(FAIL) $(TOOLS) $(REPLAY)

# What the commands share is tested as the library is.
$(BUILD)/tests/unit/test_opt: $(CMDLIB)
$(UNIT): $(BUILD)/tests/unit/%: $(BUILD)/tests/unit/%.o $(BUILD)/libae.a
	$(call show,LD,$@)$(CC) $(ALL_LDFLAGS) -o $@ $(filter %.o,$^) \
	    $(BUILD)/libae.a $(LIBS) -lcriterion

$(PLAIN): %: %.o $(REF) $(BUILD)/libae.a
	$(call show,LD,$@)$(CC) $(ALL_LDFLAGS) -o $@ $^ $(LIBS)

$(RACE) $(FAIL) $(TOOLS): %: %.o $(BUILD)/libae.a
	$(call show,LD,$@)$(CC) $(ALL_LDFLAGS) -o $@ $^ $(LIBS)

$(CHECKK): $(KERNEL) $(BUILD)/libae.a
	$(call show,LD,$@)$(CC) $(ALL_LDFLAGS) -o $@ $^ $(LIBS)

# A target of libFuzzer brings its main; elsewhere it replays single files.
$(FUZZ): %: %.o $(BUILD)/libae.a
	$(call show,LD,$@)$(CC) $(ALL_LDFLAGS) -fsanitize=fuzzer -o $@ $^ $(LIBS)

# The same targets over the files that are kept, without a fuzzer.
$(REPLAY): $(BUILD)/tests/replay/replay_%: $(BUILD)/tests/fuzz/fuzz_%.o \
    $(BUILD)/tests/replay/replay.o $(BUILD)/libae.a
	$(call show,LD,$@)$(CC) $(ALL_LDFLAGS) -o $@ $^ $(LIBS)

tests: all $(PROGRAMS)
RUN = BUILD=$(BUILD) sh tests/run.sh

# The packages may just have been installed: pkg-config is asked anew.  The
# shortest tests come last, so that no processor waits for a long one.
check:
	@sh tests/tools/deps.sh build check
	@$(MAKE) --no-print-directory tests
	@$(RUN) $(CLI) $(UNIT) $(PLAIN) $(RACE) $(CHECKK) $(FAIL) $(REPLAY)

SAN = $(MAKE) --no-print-directory HARDEN= OPT="-O1 -g"
check-asan:
	@sh tests/tools/deps.sh build check
	+@$(SAN) BUILD=$(BUILD)/asan SANITIZE="-fsanitize=address,undefined \
	    -fno-sanitize-recover=undefined -fno-omit-frame-pointer" run-asan
# All but what a second build can't change: texts and scripts, clusters made of
# other programs, and how well a thousand steps learn, of which others take some.
NOT_ASAN = $(addprefix tests/cli/,cluster-slurm.sh cluster-ssh.sh \
    experiments.sh experiments-table.sh lint.sh pages.sh release.sh \
    samples.sh) $(BUILD)/tests/unit/test_digits
run-asan: tests
	@SANITIZER=asan $(RUN) $(filter-out $(NOT_ASAN),$(CLI) $(UNIT) $(PLAIN) \
	    $(CHECKK) $(FAIL) $(REPLAY))

# What the tests ran, by file; nothing is optimised, so that lines stay lines.
# Inner loops, which aren't in the table, aren't counted: it takes hours.
coverage:
	@sh tests/tools/deps.sh build check
	+@$(MAKE) --no-print-directory HARDEN= OPT="-O0 -g" BUILD=$(BUILD)/coverage \
	    KERNEL_FLAGS="-fno-profile-arcs -fno-test-coverage" \
	    SANITIZE="-fprofile-arcs -ftest-coverage" run-coverage
run-coverage: tests
	@find $(BUILD) -name '*.gcda' -exec rm -f {} +
	@SANITIZER=coverage $(RUN) $(UNIT) $(PLAIN) $(FAIL) $(REPLAY) $(CLI)
	@sh tests/tools/coverage.sh $(BUILD)

check-valgrind: tests
	@BUILD=$(BUILD) sh tests/tools/valgrind.sh $(abspath $(UNIT) $(REPLAY))

check-tsan:
	@sh tests/tools/deps.sh build
	+@$(SAN) BUILD=$(BUILD)/tsan SANITIZE=-fsanitize=thread run-tsan
run-tsan: $(RACE)
	@SANITIZER=tsan $(RUN) $(RACE)

# The same without the libraries that a build can do without.
check-bare:
	@sh tests/tools/deps.sh build check
	+@$(MAKE) --no-print-directory BUILD=$(BUILD)/bare OPT=-O1 TIFF=0 WEBP=0 \
	    run-bare
BARE = $(filter $(addprefix %/test_,format refused hostile hostile_png \
         hostile_jpeg meta webp tiff), \
         $(UNIT))
run-bare: all $(BARE) $(filter %/pixels %/newmodel,$(TOOLS))
	@$(RUN) $(BARE) tests/cli/formats.sh

# Trainings by several processes; on this machine, and on four hosts that are
# network namespaces.  All objects but one are those of the plain build, copied,
# and what they depend on follows them.
check-mpi check-hosts:
	@sh tests/tools/deps.sh build mpi
	@[ -d $(BUILD)/mpi ] || [ ! -d $(BUILD)/cmd ] || { mkdir -p $(BUILD)/mpi && \
	    cp -a $(BUILD)/gen $(BUILD)/lib $(BUILD)/cmd $(BUILD)/mpi && \
	    find $(BUILD)/mpi -name '*.d' -exec \
	    sed -i 's|$(BUILD)/|$(BUILD)/mpi/|g' {} +; }
	+@$(MAKE) --no-print-directory BUILD=$(BUILD)/mpi MPI=1 run-$@
run-check-mpi: all
	@$(RUN) tests/mpi/ranks.sh tests/mpi/slurm.sh
run-check-hosts: all
	@$(RUN) tests/mpi/hosts.sh

MASKS_x86_64 = c avx2 avx512 avx512bf16
MASKS_aarch64 = c neon
check-cpu:
	@sh tests/tools/deps.sh build check
	@$(MAKE) --no-print-directory tests
	@MASKS="$(or $(MASKS_$(ARCH)),c)" $(RUN) $(PLAIN) $(CHECKK)

# AArch64 in an emulator; a step of its own gets what it needs.
check-neon:
	+@BUILD=$(BUILD) MAKE="$(MAKE)" sh tests/tools/neon.sh
run-neon: all $(PLAIN) $(CHECKK)
	@$(RUN) $(PLAIN) $(CHECKK) $(wildcard tests/neon/*.sh)
deps-mpi:
	@sh tests/tools/deps.sh build mpi
deps-neon:
	@sh tests/tools/deps.sh build neon
	@sh tests/tools/sysroot.sh $(BUILD)/neon/sysroot

# clang-tidy by .clang-tidy, on all but the inner loops; a file is looked at
# again when its object is made.
TIDY := $(patsubst %.c,$(BUILD)/%.tidy,$(filter-out lib/kernel/%,$(LIBSRC)) \
          $(wildcard cmd/*.c))
tidy:
	@sh tests/tools/deps.sh build tidy
	+@$(MAKE) --no-print-directory run-tidy
run-tidy: $(TIDY)
$(BUILD)/%.tidy: %.c $(BUILD)/%.o .clang-tidy
	$(call show,TIDY,$<)clang-tidy --quiet $< -- -std=c11 \
	    $(filter-out -MMD -MP,$(ALL_CPPFLAGS)) $(PKG_CFLAGS) \
	    -DAE_DATADIR='"$(DATADIR)"' 2> $@.log && touch $@

lint:
	@CC="$(CC)" BUILD=$(BUILD) sh tests/lint/lint.sh

BENCH = $(CHECKK) $(TOOLS) all
bench: $(BENCH)
	@BUILD=$(BUILD) sh tests/bench/bench.sh

bench-peers: $(BENCH)
	@BUILD=$(BUILD) sh tests/bench/peers.sh

# libFuzzer brings coverage of its own; afl-clang-fast has its driver linked in
# by the same flag.
FUZZ_FLAGS = -fsanitize=address,undefined -fno-sanitize-recover=undefined
FUZZING = $(SAN) FUZZ_SECONDS=$(FUZZ_SECONDS) MATRIX_FLAGS=-fno-sanitize=all
fuzz:
	@sh tests/tools/deps.sh build fuzz
	+@$(FUZZING) CC="$(FUZZ_CC)" BUILD=$(BUILD)/fuzz ENGINE=libfuzzer \
	    SANITIZE="$(FUZZ_FLAGS) -fsanitize=fuzzer-no-link" run-fuzz
fuzz-afl:
	@sh tests/tools/deps.sh build afl
	+@$(FUZZING) CC=afl-clang-fast BUILD=$(BUILD)/afl ENGINE=afl \
	    SANITIZE="$(FUZZ_FLAGS)" run-fuzz
run-fuzz: $(FUZZ)
	@SECONDS_EACH=$(FUZZ_SECONDS) ENGINE=$(ENGINE) BUILD=$(BUILD) \
	    sh tests/fuzz/run.sh $(FUZZ)

# --------------------------------------------------------- set up, show, use

deps:
	@sh tests/tools/deps.sh build check

demo:
	@BUILD=$(BUILD) MAKE="$(MAKE)" sh tests/tools/demo.sh

tour:
	@BUILD=$(BUILD) MAKE="$(MAKE)" sh tests/tools/tour.sh

# the photograph at the head of README.md, after a new photo model
pictures: all
	@BUILD=$(BUILD) sh tests/tools/pictures.sh

format:
	$(or $(shell command -v clang-format-14),clang-format) -i \
	    cmd/*.[ch] lib/*.h lib/*/*.[ch] lib/*/*/*.[ch] tests/*/*.[ch] \
	    man/examples/*.c

include install.mk

clean:
	rm -rf $(BUILD)

help:
	@echo 'make            commands in $(BUILD)/bin, library in $(BUILD)/lib;'
	@echo '                V=1 shows whole commands'
	@echo 'make demo       sets up, cleans a noisy photograph, shows it'
	@echo 'make tour       trains the four autoencoders, shows what they do'
	@echo 'make check      sets up, builds, runs every test'
	@echo 'make deps       installs the packages that are missing'
	@echo 'make install    into PREFIX=$(PREFIX), LIBDIR, under DESTDIR; uninstall'
	@echo 'make deb        Debian packages, into $(BUILD)/deb'
	@echo 'make tarball    what runs where it is unpacked, without root'
	@echo 'make dist       the sources'
	@echo 'make check-dist builds and runs those sources, outside of git'
	@echo 'make check-asan every test under ASan and UBSan'
	@echo 'make check-tsan the programs of tests/race under TSan'
	@echo 'make coverage   lines and branches that the tests run, by file'
	@echo 'make check-valgrind  unit tests, replays and commands under memcheck'
	@echo 'make check-bare formats, built without libtiff and libwebp'
	@echo 'make check-mpi  trainings by several processes (make deps-mpi)'
	@echo 'make check-hosts  the same on four network namespaces, as root'
	@echo 'make check-cpu  kernels and golden tests under each AE_CPU mask'
	@echo 'make check-neon the same for AArch64, under qemu (make deps-neon)'
	@echo 'make lint       layers, style, layout, pages, scripts, warnings'
	@echo 'make tidy       clang-tidy, by the checks of .clang-tidy'
	@echo 'make fuzz       each fuzz target for FUZZ_SECONDS=$(FUZZ_SECONDS)'
	@echo 'make fuzz-afl   the same by AFL++'
	@echo 'make bench      kernels, ae-denoise, training; against the peak'
	@echo 'make bench-peers  the same nets in PyTorch; other denoisers'
	@echo 'make pictures   the photograph that README.md begins with'
	@echo 'make format     clang-format over the sources'
	@echo 'make clean      removes $(BUILD)'

-include $(LIBOBJ:.o=.d) $(CMDSRC:%.c=$(BUILD)/%.d) $(CMDLIB:.o=.d) \
    $(REF:.o=.d) $(KERNEL:.o=.d) $(BUILD)/tests/replay/replay.d \
    $(addsuffix .d,$(UNIT) $(PLAIN) $(RACE) $(FAIL) $(TOOLS) $(FUZZ))
FORCE:
.PHONY: FORCE all tests check check-asan run-asan check-tsan run-tsan \
    coverage run-coverage check-valgrind \
    check-bare run-bare \
    check-mpi check-hosts run-check-mpi run-check-hosts deps-mpi \
    check-cpu check-neon run-neon deps-neon lint tidy run-tidy \
    bench bench-peers fuzz fuzz-afl run-fuzz deps demo tour pictures format \
    clean help
.SECONDARY:
