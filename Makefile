# ae - build, test, install.  `make help` lists the targets.
BUILD   ?= build
CC      ?= cc
PREFIX  ?= /usr/local
OPT     ?= -O2 -g
WARN     = -Wall -Wextra -Wshadow -Wconversion -Wstrict-prototypes \
           -Wmissing-prototypes -Wvla
PKGS     = libpng libjpeg fftw3f openblas jansson zlib
CPPFLAGS += -D_POSIX_C_SOURCE=200809L -Ilib -MMD -MP
CFLAGS  += -std=c11 $(OPT) $(WARN) -fPIC -fvisibility=hidden \
           -ffp-contract=off -pthread
CFLAGS  += $(shell pkg-config --cflags $(PKGS) 2>/dev/null)
LDLIBS  += $(shell pkg-config --libs $(PKGS) 2>/dev/null) -lm -pthread

LIBSRC := $(wildcard lib/*/*.c)
LIBOBJ := $(LIBSRC:%.c=$(BUILD)/%.o)
CMDSRC := $(wildcard cmd/ae-*.c)
CMDLIB := $(filter-out $(CMDSRC),$(wildcard cmd/*.c))
CMDS   := $(CMDSRC:cmd/%.c=$(BUILD)/bin/%)

all: $(BUILD)/libae.a $(CMDS)

ARCH := $(shell $(CC) -dumpmachine | cut -d- -f1)
ifeq ($(ARCH),x86_64)
$(BUILD)/%_avx2.o: CFLAGS += -mavx2 -mfma -mf16c
$(BUILD)/%_avx512.o: CFLAGS += -mavx512f -mavx512dq -mavx512bw -mavx512vl -mfma
endif
$(BUILD)/lib/kernel/%.o: OPT := -O3 -g -fno-math-errno -fno-trapping-math

$(BUILD)/%.o: %.c
	@mkdir -p $(@D)
	$(CC) $(CPPFLAGS) $(CFLAGS) -c -o $@ $<

$(BUILD)/libae.a: $(LIBOBJ)
	@rm -f $@
	ar rcs $@ $^

$(BUILD)/bin/%: $(BUILD)/cmd/%.o $(CMDLIB:%.c=$(BUILD)/%.o) $(BUILD)/libae.a
	@mkdir -p $(@D)
	$(CC) $(CFLAGS) $(LDFLAGS) -o $@ $^ $(LDLIBS)

clean:
	rm -rf $(BUILD)

-include $(LIBOBJ:.o=.d) $(CMDSRC:%.c=$(BUILD)/%.d) $(CMDLIB:%.c=$(BUILD)/%.d)
.PHONY: all clean
.SECONDARY:
